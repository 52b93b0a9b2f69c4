"""What was found: `spikewatch score` and `spikewatch events`."""

import csv
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from stream.logbook.journal import Journal, Outgoing
from stream.schema.columns import IED_COLUMNS
from tests.stream.cli.command import spikewatch


def test_a_missing_journal_is_exit_code_3(folder: Path) -> None:
    """One line that says how a journal comes about."""
    ended = spikewatch(folder, "events")
    assert (ended.code, ended.err.count("\n")) == (3, 1)
    assert "events.db: there is no such file; `spikewatch run` makes it" in ended.err


@pytest.fixture
def journalled(folder: Path) -> Path:
    """Fill a journal: on each bed three IEDs, one an hour, the last one now; and one alarm."""
    now_utc = datetime.now(UTC)
    journal = Journal(folder / "events.db")
    for bed in ("bed-1", "bed-2"):
        for hours in (2, 1, 0):
            # Oldest first, as they would be found.
            utc = now_utc - timedelta(hours=hours)
            payload = {"bed": bed, "utc": utc.isoformat(), "sample": 1000 - hours, "flags": ["late"]}
            event = Outgoing(f"{bed}-{hours}", "ied", "event/ied", payload, retain=False, utc=utc)
            journal.post(bed, [event])
        alarm = {"bed": bed, "name": "silent", "on": True, "utc": now_utc.isoformat()}
        journal.post(bed, [Outgoing(f"{bed}-a", "alarm", "event/alarm", alarm, retain=False, utc=now_utc)])
    journal.close()
    return folder


@pytest.mark.parametrize(
    ("words", "samples"),
    [
        ([], [998, 999, 1000, 998, 999, 1000]),
        (["--bed", "bed-2"], [998, 999, 1000]),
        # Half-way between the events of one and of two hours ago, so that a slow machine changes nothing.
        (["--since", "90m"], [999, 1000, 999, 1000]),
        (["--limit", "1"], [1000, 1000]),
        (["--since", "2999-01-01T00:00"], []),
    ],
)
def test_events_are_filtered(journalled: Path, words: list[str], samples: list[int]) -> None:
    """By bed, by age, by number, oldest first."""
    ended = spikewatch(journalled, "events", "--json", *words)
    assert ended.code == 0
    assert [event["sample"] for event in ended.lines] == samples


def test_events_of_another_kind_are_listed(journalled: Path) -> None:
    """Alarms have columns of their own."""
    ended = spikewatch(journalled, "events", "--kind", "alarm", "--bed", "bed-1")
    assert "silent" in ended.out
    assert "peak_channel" not in ended.out
    assert "late" in spikewatch(journalled, "events").out
    assert spikewatch(journalled, "events", "--kind", "noise").code == 2
    table = spikewatch(journalled, "events", "--kind", "review", "--format", "csv").out
    assert {"covers", "until_seq", "threshold", "drawn", "label", "reviewer"} <= set(table.strip().split(","))


def test_events_are_listed_in_any_format(journalled: Path) -> None:
    """As a table for a spreadsheet and in JSON, with every key of an IED in both; under either option."""
    table = spikewatch(journalled, "events", "--format", "csv", "--bed", "bed-1").out
    listed = list(csv.DictReader(table.splitlines()))
    assert [row["bed"] for row in listed] == ["bed-1"] * 3
    assert listed[0]["flags"] == "late"
    assert set(listed[0]) == set(IED_COLUMNS)
    assert spikewatch(journalled, "events", "--format", "json").out == spikewatch(journalled, "events", "--json").out


def test_an_unreadable_recording_is_exit_code_3(folder: Path) -> None:
    """One line for each bad file; the others are scored all the same."""
    (folder / "bad.edf").write_bytes(b"not an EDF")
    ended = spikewatch(folder, "score", "bad.edf", "none.edf", "--out", "events.csv")
    assert ended.code == 3
    assert [line.startswith("spikewatch: ") for line in ended.err.splitlines()] == [True, True]
    with (folder / "events.csv").open(encoding="utf-8") as table:
        # Written out: programs of other people read these names, so a change of COLUMNS must be a change here.
        assert next(csv.reader(table)) == [
            "file", "id", "bed", "sample", "time_s", "group", "peak_channel", "probability", "threshold",
            "amplitude_uv", "polarity", "sleep_stage", "flags", "seq", "kind", "lsl_time_s", "utc", "onset_s",
            "duration_s", "channels", "sleep_confidence", "model.name", "model.sha256", "engine", "latency_ms.acquire",
            "latency_ms.condition", "latency_ms.frame", "latency_ms.infer", "latency_ms.merge", "latency_ms.journal",
            "latency_ms.total", "lead_channel", "cluster", "similar", "reasons.sharpness", "reasons.duration_ms",
                "reasons.asymmetry", "reasons.after_wave", "reasons.background_change", "reasons.field", "contract",
            "schema",
        ]  # fmt: skip


def test_an_output_that_cannot_be_written_is_exit_code_2(folder: Path) -> None:
    """Told before any file is scored."""
    ended = spikewatch(folder, "score", "some.edf", "--out", "nowhere/events.csv")
    assert ended.code == 2
    assert "--out nowhere/events.csv: No such file or directory; name a file that can be written" in ended.err


def test_sleep_alone_is_a_hypnogram(folder: Path) -> None:
    """A row an epoch, how much was staged on stderr, and a file without EEG told apart."""
    noise = np.random.default_rng(2).normal(scale=20, size=(1, 6500)).astype(np.float32)
    for name, label in (("night", "EEG Fpz-Cz"), ("heart", "ECG")):
        np.savez(folder / f"{name}.npz", x=noise, fs=100.0, labels=np.array([label]), units=np.array(["uV"]))
    ended = spikewatch(folder, "score", "--sleep", "night.npz", "heart.npz", "--set", "bed.0.acquire.name=x")
    rows = list(csv.DictReader(ended.out.splitlines()))
    assert ended.code == 3
    assert [(row["file"], row["onset_s"], row["duration_s"]) for row in rows] == [
        ("night.npz", "0.0", "30.0"), ("night.npz", "30.0", "30.0"),
    ]  # fmt: skip
    assert (rows[1]["ready"], rows[1]["stage"] != "unknown", float(rows[1]["confidence"]) > 0) == ("True", True, True)
    assert "of 65.0 s (no stage: " in ended.err
    assert "heart.npz: no EEG channel to stage sleep from among ECG" in ended.err
