"""Where a bed's recordings begin and end: gaps, a ring that goes or comes, a stream of no use."""

from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from stream.detect.ladder import STEPS
from stream.logbook import samplelog
from stream.schema.reports import ReadyReport
from stream.wallclock import utc_of
from tests.stream.bed_harness import BedHarness
from tests.stream.patient import RATE_HZ, patient_eeg, source_of


@pytest.fixture
def bedside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> BedHarness:
    """Begin a recording in a place of its own."""
    monkeypatch.setattr(samplelog, "SHARED_MEMORY", tmp_path)
    return BedHarness(tmp_path)


def test_a_detector_may_begin_behind_a_gap(bedside: BedHarness) -> None:
    """The newest entry of the log is then a gap, which has no LSL time."""
    bedside.feed(1000)
    bedside.writer.gap(50, "lost", bedside.epoch_s)
    bedside.work()
    [(first_lsl_s,)] = bedside.query("SELECT first_lsl_s FROM recordings")
    # Counted back from the gap's end, which is when it was noticed.
    assert first_lsl_s == pytest.approx(bedside.epoch_s - 1049 / RATE_HZ)
    bedside.assert_accounted(1050)


def test_a_new_recording_closes_the_account_of_the_old(bedside: BedHarness) -> None:
    """What never filled a hop is rejected at the end; the new recording has its own ordinal and begins at 0."""
    # 31 hops of 32 and 11 samples more, which wait for the rest of their hop.
    bedside.feed(1003)
    bedside.work()
    bedside.writer.close()
    bedside.begin_recording(bedside.source)
    bedside.feed(500)
    bedside.work()
    bedside.report()
    *_, (_, end, fate, reason) = bedside.coverage(1)
    assert (end, fate, reason) == (1003, "rejected", "end")
    assert sum(bedside.journal.accounting("bed-1", 1).values()) == 1003
    assert bedside.coverage(2)[0][0] == 0
    # 15 whole hops of 32 lie in 500 samples; the bound leaves room for one hop less.
    assert bedside.journal.cursor("bed-1", 2) == bedside.coverage(2)[-1][1] > 500 - 2 * 32
    assert [report.recording for report in bedside.reports if isinstance(report, ReadyReport)] == [1, 2]


def test_a_ring_that_is_taken_away_ends_the_recording(bedside: BedHarness) -> None:
    """As at a clean stop of acquire; then there is nothing to analyse."""
    bedside.feed(1003)
    bedside.work()
    bedside.path.unlink()
    bedside.work()
    assert sum(bedside.journal.accounting("bed-1", 1).values()) == 1003
    assert bedside.report().pending == 0


def test_a_gap_behind_the_last_hop_is_missing_not_rejected(bedside: BedHarness) -> None:
    """What waited for its hop's end when the recording ended is read all the same."""
    bedside.feed(1000)
    bedside.writer.gap(5, "lost", bedside.epoch_s)
    # The next hop would end at 1024, behind the last sample: no hop follows the gap.
    bedside.feed(10)
    bedside.work()
    bedside.path.unlink()
    bedside.work()
    assert (1000, 1005, "missing", "lost") in bedside.coverage()
    assert (1005, 1015, "rejected", "end") in bedside.coverage()


def test_a_stream_that_makes_no_group_is_an_alarm_and_is_rejected(bedside: BedHarness) -> None:
    """Its samples have a fate all the same; a usable stream behind it is watched."""
    bedside.writer.close()
    bedside.begin_recording(source_of(("X1", "X2")))
    bedside.feed(700, np.zeros((2, 700), np.float32))
    bedside.work()
    report = bedside.report()
    assert "no group" in report.alarms["unusable_stream"]
    assert bedside.coverage(1) == [(0, 700, "rejected", "unusable")]
    assert (report.samples, report.pending) == ({"rejected": 700}, 0)
    bedside.writer.close()
    bedside.begin_recording(bedside.source)
    bedside.feed(500)
    bedside.work()
    assert bedside.report().alarms == {}
    assert bedside.journal.cursor("bed-1", 2) > 0


def test_no_stream_yet_is_no_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Before acquire has found one there is no ring; before its first sample there is nothing to bind."""
    monkeypatch.setattr(samplelog, "SHARED_MEMORY", tmp_path)
    bedside = BedHarness(tmp_path)
    assert bedside.bed.collect(STEPS[0]) == []
    bedside.path.unlink()
    bedside.kill_detector()
    assert not bedside.round()
    assert bedside.report().pending == 0
    assert bedside.query("SELECT * FROM recordings") == []


@pytest.mark.parametrize("gap", [True, False], ids=["a gap", "another recording"])
def test_the_stage_of_the_last_hop_is_told_whatever_comes_next(bedside: BedHarness, *, gap: bool) -> None:
    """Sleep is staged behind the commit, so a state is told with what follows: once, and with its own time."""
    samples, _ = patient_eeg(30.0)
    bedside.feed(samples.shape[1], samples)
    bedside.work()
    told = [payload["stage"] for payload in bedside.journal.newest("bed-1", "sleep", 9)]
    if gap:
        bedside.writer.gap(5000, "lost", bedside.epoch_s + 20)
        # The ring remembers; that of a recording that is over does not.
        bedside.kill_detector()
    else:
        bedside.writer.close()
        bedside.begin_recording(bedside.source)
        bedside.feed(500)
    bedside.work()
    last, *before = bedside.journal.newest("bed-1", "sleep", 9)
    assert [payload["stage"] for payload in before] == told == ["unknown"]
    # The harness lets 30 s of samples arrive at once, the newest of them stamped 30 s after the first.
    ended = utc_of(bedside.epoch_s + samples.shape[1] / RATE_HZ - 1 / RATE_HZ)
    assert abs(datetime.fromisoformat(last["epoch_end_utc"]) - ended) < timedelta(seconds=1)
    assert last["ready"]
    bedside.assert_numbered()
