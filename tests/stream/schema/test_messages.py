"""Payloads: their keys are the contract, ids are deterministic, committed schemas are current."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel, ValidationError

from stream.logbook.journal import Journal, Outgoing
from stream.records import Detection, SleepState
from stream.schema.journalled import Model
from stream.schema.messages import COMMANDS, MESSAGES, schema_text
from stream.schema.outgoing import IedContext, alarm_outgoing, audit_outgoing, ied_outgoing, message_id, sleep_outgoing

SCHEMAS = Path(__file__).parents[3] / "docs" / "schema"
NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)
CHANNELS = ("Fp1-F7", "F7-T3", "T3-T5", "T5-O1", "Fp1-O1")
DETECTION = Detection(
    "bed-1", 5120, 1020.0, 5200, -0.03, 0.08, "left temporal", "F7-T3", CHANNELS, 0.9, 0.5, 83.0, "negative", ("late",)
)
LATENCY = {"acquire": 1.0, "condition": 0.5, "frame": 0.1, "infer": 6.0, "merge": 0.1}
CONTEXT = IedContext("demo", 3, Model(name="sc", sha256="ab"), "cpu", NOW, "N2", LATENCY)
SLEEP = SleepState("bed-1", "N2", {"W": 0.1, "N2": 0.9}, 7680, 0.0, True, 30.0)


def test_an_ied_event_has_exactly_the_keys_of_the_contract() -> None:
    """Subscribers rely on these names."""
    assert set(ied_outgoing(DETECTION, CONTEXT).payload) == {
        "id", "seq", "bed", "kind", "sample", "lsl_time_s", "utc", "onset_s", "duration_s", "group", "peak_channel",
        "channels", "probability", "threshold", "amplitude_uv", "polarity", "sleep_stage",
        "sleep_confidence", "model", "engine", "latency_ms", "flags",
        "lead_channel", "cluster", "similar", "reasons", "contract", "schema",
    }  # fmt: skip


def test_an_ied_event_holds_what_the_detection_holds() -> None:
    """Every value arrives unchanged, in JSON's types."""
    outgoing = ied_outgoing(DETECTION, CONTEXT)
    event: dict[str, Any] = json.loads(json.dumps(outgoing.payload))
    assert (event["sample"], event["lsl_time_s"], event["utc"]) == (5120, 1020.0, "2026-01-01T12:00:00Z")
    assert (event["channels"], event["flags"], event["polarity"]) == (list(CHANNELS), ["late"], "negative")
    assert event["model"] == {"name": "sc", "sha256": "ab"}
    assert event["latency_ms"] == LATENCY | {"journal": None, "total": None}
    assert event["schema"] == "spikewatch/event/ied/1"
    assert (outgoing.topic, outgoing.retain, outgoing.id) == ("event/ied", False, event["id"])


def test_a_sleep_state_has_the_keys_of_the_contract_and_is_retained() -> None:
    """As every journalled message it has an id and a number besides."""
    outgoing = sleep_outgoing(SLEEP, "demo", 3, "cd", NOW, NOW)
    assert set(outgoing.payload) == {
        "id", "seq", "bed", "stage", "confidence", "probabilities", "since_utc", "epoch_end_utc", "lookahead_s",
        "ready", "schema",
    }  # fmt: skip
    assert (outgoing.topic, outgoing.retain) == ("state/sleep", True)


def test_the_id_of_a_finding_never_changes() -> None:
    """A fixed name gives a fixed id, today and after every release."""
    # Written out, not computed: a changed namespace would change both sides alike.
    assert message_id("demo", "bed-1", 3, "ied", "ab", 5120) == "ca41eb1d-e934-5a38-964e-4227149f3609"


@pytest.mark.parametrize(
    "other",
    [
        ied_outgoing(replace(DETECTION, sample=5121), CONTEXT),
        ied_outgoing(replace(DETECTION, bed="bed-2"), CONTEXT),
        ied_outgoing(DETECTION, replace(CONTEXT, recording=4)),
        ied_outgoing(DETECTION, replace(CONTEXT, site="ward")),
        ied_outgoing(DETECTION, replace(CONTEXT, model=Model(name="sc", sha256="ac"))),
        # The event's own sample and model: only the kind tells the two ids apart.
        sleep_outgoing(replace(SLEEP, epoch_end=5120), "demo", 3, "ab", NOW, NOW),
    ],
)
def test_another_finding_has_another_id(other: Outgoing) -> None:
    """Bed, recording, site, model, sample and kind all count; the time of day does not."""
    assert other.id != ied_outgoing(DETECTION, CONTEXT).id
    assert ied_outgoing(DETECTION, replace(CONTEXT, utc=datetime.now(UTC))).id == ied_outgoing(DETECTION, CONTEXT).id


def test_what_the_journal_sends_fits_the_types(tmp_path: Path) -> None:
    """Numbered payloads of all four journalled kinds read back as their own type."""
    journal = Journal(tmp_path / "journal.db")
    alarm = alarm_outgoing("bed-1", "signal_lost", on=True, reason="no samples for 2 s", utc=NOW)
    audit = audit_outgoing("bed-1", "start", {"version": "0.1.0"}, NOW)
    journal.post(
        "bed-1", [ied_outgoing(DETECTION, CONTEXT), sleep_outgoing(SLEEP, "demo", 3, "cd", NOW, NOW), alarm, audit]
    )
    kinds = {message.topic(): message for message in MESSAGES.values()}
    for seq, pending in enumerate(journal.pending("bed-1", 9), start=1):
        message = kinds[pending.topic].model_validate_json(pending.payload)
        assert message.model_dump()["seq"] == seq
        assert json.loads(pending.payload) == message.payload()
    assert seq == 4
    journal.close()


def test_a_number_that_is_none_cannot_break_the_journal(tmp_path: Path) -> None:
    """NaN is no JSON: it is sent as null, and the journal goes on."""
    journal = Journal(tmp_path / "journal.db")
    outgoing = ied_outgoing(replace(DETECTION, amplitude_uv=float("nan")), CONTEXT)
    journal.post("bed-1", [outgoing])
    # Here SQLite parses the payload, and not every version of it takes NaN.
    journal.record_latency([outgoing.id], 1.0, 2.0)
    payload = json.loads(journal.pending("bed-1", 1)[0].payload)
    assert (payload["amplitude_uv"], payload["latency_ms"]["total"]) == (None, 2.0)
    journal.close()


def test_every_payload_has_its_schema_and_bed_and_the_public_ones_the_notice() -> None:
    """A payload that is read alone, years later, names what it is and what it is not."""
    for name, message in MESSAGES.items():
        fields = message.model_json_schema(mode="serialization")["properties"]
        # state_ied_rate is state/ied_rate: only the first underscore divides.
        assert fields["schema"]["const"] == f"spikewatch/{name.replace('_', '/', 1)}/1"
        assert "bed" in fields
        assert ("notice" in fields) == (name in {"status", "info"})


@pytest.mark.parametrize("name", sorted(MESSAGES | COMMANDS))
def test_the_committed_schema_is_current(name: str) -> None:
    """`python -m stream.schema.messages` writes them anew."""
    assert (SCHEMAS / f"{name}.json").read_text() == schema_text(name)


def test_no_schema_is_left_over() -> None:
    """The folder holds one file for each payload and nothing else."""
    assert sorted(path.stem for path in SCHEMAS.iterdir()) == sorted(MESSAGES | COMMANDS)


@pytest.mark.parametrize("name", sorted(MESSAGES))
def test_a_payload_cannot_be_changed_and_has_no_other_keys(name: str) -> None:
    """A key that is not in the contract is refused."""
    message: type[BaseModel] = MESSAGES[name]
    assert message.model_config["frozen"]
    with pytest.raises(ValidationError, match="patient"):
        message.model_validate({"patient": "x"})
