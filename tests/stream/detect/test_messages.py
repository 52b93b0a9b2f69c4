"""The journal's messages of a hop: since when a sleep stage lasts, over restarts and from the first one on."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from stream.detect.messages import HopMessages
from stream.logbook import samplelog
from stream.pipeline import Outcome
from stream.records import Detection, SleepState
from stream.terms import Stage
from stream.wallclock import utc_of
from tests.stream.bed_harness import BedHarness
from tests.stream.patient import RATE_HZ, binding_of, config_in, patient_eeg, source_of

BEGAN = datetime(2026, 1, 1, 22, 0, tzinfo=UTC)


def messages_of(*newest_sleep: dict[str, Any], began: datetime = BEGAN) -> HopMessages:
    """Begin a recording whose bed has this sleep message in the journal."""
    return HopMessages(binding_of(config_in(Path()), source_of(patient_eeg()[1])), 1, newest_sleep, began)


def sleep(messages: HopMessages, stage: Stage, lsl_s: float) -> dict[str, Any]:
    """Return the message of an epoch that ends at an LSL time."""
    state = SleepState("bed-1", stage, {}, round(lsl_s * RATE_HZ), 0.0, ready=stage != "unknown", lsl_s=lsl_s)
    [message] = messages.of(Outcome(32, (), sleep=(state,)), {})
    return message.payload


def since(payload: dict[str, Any]) -> datetime:
    """Read since when the message's stage lasts."""
    return datetime.fromisoformat(payload["since_utc"])


def test_the_first_unknown_stage_lasts_since_the_recording_began() -> None:
    """Not since the host was started."""
    messages = messages_of()
    assert since(sleep(messages, "unknown", 1000.0)) == BEGAN
    assert since(sleep(messages, "unknown", 1030.0)) == BEGAN


def test_a_stage_lasts_since_it_was_first_seen() -> None:
    """A change is the end of the epoch that shows it; what follows keeps it."""
    messages = messages_of()
    sleep(messages, "unknown", 1000.0)
    changed = since(sleep(messages, "W", 1030.0))
    # Not equal: every conversion reads the wall clock and the monotonic one anew.
    assert abs(changed - utc_of(1030.0)) < timedelta(seconds=1)
    assert since(sleep(messages, "W", 1060.0)) == changed


def test_a_stage_goes_on_over_a_restart() -> None:
    """As the journal's newest sleep message says, whether the stage is known or not."""
    for stage in ("unknown", "N2"):
        # Begun before the message's epoch ended; else the message would be taken for another recording's.
        before = sleep(messages_of(began=utc_of(900.0)), stage, 1000.0)
        after = sleep(messages_of(before, began=utc_of(900.0)), stage, 1030.0)
        assert since(after) == since(before)


def test_the_recording_before_says_nothing_of_this_one() -> None:
    """Its last epoch ended before this one began."""
    before = sleep(messages_of(began=utc_of(100.0)), "unknown", 1000.0)
    began = utc_of(1010.0)
    assert since(sleep(messages_of(before, began=began), "unknown", 1015.0)) == began


def test_since_survives_a_killed_detector(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In the journal itself, killed every 10 s: unknown since the beginning, then one stage since it was first seen."""
    monkeypatch.setattr(samplelog, "SHARED_MEMORY", tmp_path)
    bedside = BedHarness(tmp_path)
    bedside.writer.close()
    # All 70 s stay in the ring: after a kill up to 90 s are conditioned again, from wherever the ring begins.
    bedside.begin_recording(bedside.source, capacity_s=120.0)
    samples, _ = patient_eeg(70.0)
    while bedside.writer.head < samples.shape[1]:
        bedside.feed(2560, samples)
        bedside.work()
        bedside.kill_detector()
    first, *others = reversed(bedside.journal.newest("bed-1", "sleep", 10))
    # The harness lets every piece arrive at once, so the recording began its first piece's length before.
    assert first["stage"] == "unknown"
    assert abs(since(first) - utc_of(bedside.epoch_s - 2559 / RATE_HZ)) < timedelta(seconds=1)
    assert len(others) > 1
    assert {message["stage"] for message in others} == {others[0]["stage"]} != {"unknown"}
    assert {since(message) for message in others} == {datetime.fromisoformat(others[0]["epoch_end_utc"])}


def test_what_was_not_called_is_kept_up_to_so_many_an_hour(monkeypatch: pytest.MonkeyPatch) -> None:
    """With the id that its event would have, and the cluster that it resembles; it is no message."""
    monkeypatch.setattr("stream.detect.messages.MOST_PER_H", 2)
    messages, context = messages_of(), dict.fromkeys(("acquire", "condition", "frame", "infer", "merge"), 1.0)
    found = [
        Detection(
            bed="bed-1", sample=at, lsl_s=float(at), decided=at + 9, onset_s=-0.02, duration_s=0.07, group="left",
            peak_channel="F7-T3", channels=("F7-T3",), probability=0.4, threshold=0.6, amplitude_uv=50.0,
            polarity="negative", cluster=2,
        )
        for at in (10, 20, 30, 4000)
    ]  # fmt: skip
    kept = [one for at in found for one in messages.withheld(Outcome(32, (), withheld=(at,), stage="N2"))]
    assert [one.payload["sample"] for one in kept] == [10, 20, 4000]
    [event] = messages.ieds(Outcome(32, (), detections=(found[0],)), context)
    assert kept[0].id == event.id
    # The stage is another hop's, and every conversion to UTC reads both clocks anew.
    alike = [key for key in kept[0].payload if key not in {"sleep_stage", "utc"}]
    assert {key: event.payload[key] for key in alike} == {key: kept[0].payload[key] for key in alike}
    assert (kept[0].payload["cluster"], kept[0].payload["sleep_stage"]) == ("1-2", "N2")
