"""What was shed is looked at again: its events come late, each once, and the account is mended."""

import copy
import json
from pathlib import Path

import numpy as np
import pytest

from stream.detect import second_look
from stream.detect.ladder import KEPT_S, STEPS, TOP
from stream.logbook import samplelog
from stream.schema.reports import DetectReport
from stream.yasa.asking import YasaProcess
from stream.yasa.epoch import AskedEpoch
from tests.stream.bed_harness import BedHarness
from tests.stream.patient import RATE_HZ, patient_eeg, shipped_detectors

LENGTH = 5120


@pytest.fixture
def bedside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> BedHarness:
    """Begin a recording that is asked at once for what was shed."""
    monkeypatch.setattr(samplelog, "SHARED_MEMORY", tmp_path)
    monkeypatch.setattr(second_look, "ASK_EVERY_S", 0.0)
    return BedHarness(tmp_path)


def peaks(bedside: BedHarness) -> list[int]:
    """Return where the events in the journal have their peaks, in order of the recording."""
    payloads = bedside.query("SELECT payload FROM messages WHERE kind = 'ied'")
    return sorted(json.loads(payload)["sample"] for (payload,) in payloads)


def test_i6_what_was_shed_is_found_when_there_is_time(
    bedside: BedHarness, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same events as of a host that kept up; no sample is shed in the end, and none has two fates."""
    bedside.step = STEPS[TOP]
    bedside.feed(LENGTH)
    bedside.work()
    bedside.report()
    shed = sum(end - first for first, end, fate, _ in bedside.coverage() if fate == "shed")
    # All but the newest five seconds, and a hop that ends there.
    assert LENGTH - KEPT_S * RATE_HZ - 32 <= shed <= LENGTH - KEPT_S * RATE_HZ
    bedside.step = STEPS[0]
    while bedside.bed.look_again():
        pass
    assert {fate for _, _, fate, _ in bedside.coverage()} == {"analysed", "rejected"}
    bedside.assert_accounted(LENGTH)
    reports = [report for report in bedside.reports if isinstance(report, DetectReport)]
    # Counted beside what was shed, which stays counted as such; the events that were found count once.
    assert sum(report.samples.get("shed", 0) for report in reports) == shed
    assert sum(sum(report.second_look.values()) for report in reports) == shed
    assert sum(report.detections.get("ied", 0) for report in reports) == len(peaks(bedside))
    bedside.assert_numbered()
    (tmp_path / "fast").mkdir()
    monkeypatch.setattr(samplelog, "SHARED_MEMORY", tmp_path / "fast")
    fast = BedHarness(tmp_path / "fast")
    fast.feed(LENGTH)
    fast.work()
    assert peaks(bedside) == peaks(fast)
    assert peaks(fast)


def test_nothing_shed_is_nothing_to_look_at(bedside: BedHarness) -> None:
    """However often it is asked."""
    bedside.feed(LENGTH)
    bedside.work()
    assert not bedside.bed.look_again()
    assert not bedside.bed.look_again()


def test_the_journal_is_asked_for_what_is_in_the_ring_alone(bedside: BedHarness) -> None:
    """A night in which a host sheds every few seconds would else be read anew every five seconds, ever longer."""
    bedside.step = STEPS[TOP]
    bedside.feed(LENGTH)
    bedside.work()
    bedside.report()
    shed = [piece for piece in bedside.journal.passed_over("bed-1", 1) if piece.fate == "shed"]
    assert bedside.journal.passed_over("bed-1", 1, shed[-1].end - 1)[0] == shed[-1]
    assert shed[-1] not in bedside.journal.passed_over("bed-1", 1, shed[-1].end)


class NotingYasa(YasaProcess):
    """Notes which epochs are asked, and knows no answer."""

    def __init__(self) -> None:
        super().__init__(waits=False)
        self.asked: list[tuple[int, bool]] = []

    def ask(self, epoch: AskedEpoch) -> None:
        """Note where it ends, and whether all that came before is to be forgotten."""
        self.asked.append((epoch.end, epoch.fresh))


def test_yasa_keeps_the_live_past_of_a_bed(bedside: BedHarness) -> None:
    """It keeps one past of each bed: asked for old epochs, it would take the bed for one that begins anew."""
    detectors, yasa = copy.copy(shipped_detectors()), NotingYasa()
    detectors.sleep, detectors.yasa = None, yasa
    bedside.detectors = detectors
    bedside.kill_detector()
    eeg = np.tile(patient_eeg()[0], (1, 6))
    bedside.feed(round(35 * RATE_HZ), eeg)
    bedside.work()
    bedside.step = STEPS[TOP]
    bedside.feed(round(40 * RATE_HZ), eeg)
    bedside.work()
    bedside.report()
    assert "shed" in {fate for _, _, fate, _ in bedside.coverage()}
    bedside.step = STEPS[0]
    while bedside.bed.look_again():
        pass
    assert "shed" not in {fate for _, _, fate, _ in bedside.coverage()}
    bedside.feed(round(45 * RATE_HZ), eeg)
    bedside.work()
    # Epochs of 30 s at 128 Hz; of those that end at 60 and 90 s more than a third was shed.
    assert yasa.asked == [(3840, True), (15360, False)]
