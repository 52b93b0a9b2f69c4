"""What was shed is looked at again: its events come late, each once, and the account is mended."""

import copy
import json
from collections import Counter
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from structlog.testing import capture_logs

from models.detection.clusters import Cluster
from stream.detect import binding, journal_gate, second_look
from stream.detect.ladder import KEPT_S, STEPS, TOP
from stream.logbook import samplelog
from stream.logbook.journal import Outgoing
from stream.schema.reports import DetectReport
from stream.yasa.asking import YasaProcess
from stream.yasa.epoch import AskedEpoch
from tests.stream.bed_harness import BedHarness
from tests.stream.detect.test_failing_journal import read_only
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


def counted(bedside: BedHarness) -> Counter[str]:
    """Return how many events the journal's clusters have, as events name them."""
    states = bedside.journal.clusters("bed-1", 1)
    return Counter({f"1-{number}": Cluster.unpacked(state).count for number, state in states.items()})


def named(bedside: BedHarness) -> Counter[str]:
    """Return how many events in the journal name each cluster."""
    return Counter(event["cluster"] for event in bedside.journal.newest("bed-1", "ied", 99))


def test_every_event_counts_once_in_the_cluster_that_it_names(bedside: BedHarness) -> None:
    """Those that a second look sees again between stretches are known; a kill right behind it changes nothing."""
    eeg = np.tile(patient_eeg()[0], (1, 4))
    bedside.step = STEPS[TOP]
    for _ in range(5):
        bedside.feed(2500, eeg)
        bedside.work()
        # A host that keeps up for a moment finds what is between the stretches live.
        bedside.step = STEPS[0]
        bedside.feed(800, eeg)
        bedside.work()
        bedside.step = STEPS[TOP]
    bedside.report()
    live = named(bedside)
    assert counted(bedside) == live
    assert live.total() > 2
    bedside.step = STEPS[0]
    while bedside.bed.look_again():
        pass
    assert named(bedside).total() > live.total() + 2
    assert counted(bedside) == named(bedside)
    bedside.kill_detector()
    bedside.feed(1000, eeg)
    bedside.work()
    bedside.report()
    assert counted(bedside) == named(bedside)


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


def shed_and_look_again(bedside: BedHarness, length: int = LENGTH) -> None:
    """Feed a host that keeps up with the newest seconds alone, and then has time."""
    bedside.step = STEPS[TOP]
    bedside.feed(length)
    bedside.work()
    bedside.report()
    bedside.step = STEPS[0]
    while bedside.bed.look_again():
        pass


@pytest.mark.fault
def test_m10_what_a_second_look_found_waits_for_a_journal_that_fails(
    bedside: BedHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The samples stay shed meanwhile; with the journal back they are analysed, and each event counts once."""
    monkeypatch.setattr(journal_gate, "AGAIN_S", 0.0)
    bedside.step = STEPS[TOP]
    bedside.feed(LENGTH)
    bedside.work()
    before = bedside.report()
    bedside.step = STEPS[0]
    assert bedside.bed.look_again()
    with read_only(bedside):
        while bedside.bed.look_again():
            pass
        assert not bedside.bed.look_again()
    assert "shed" in {fate for _, _, fate, _ in bedside.coverage()}
    assert len(peaks(bedside)) == before.detections.get("ied", 0)
    while bedside.bed.look_again():
        pass
    assert {fate for _, _, fate, _ in bedside.coverage()} == {"analysed", "rejected"}
    assert sum(bedside.report().second_look.values()) == before.samples["shed"]
    assert len(peaks(bedside)) > 2
    assert counted(bedside) == named(bedside)
    bedside.assert_accounted(LENGTH)


@pytest.mark.parametrize(("apart", "found"), [(37, False), (38, True)])
def test_an_event_beside_a_known_one_is_found_where_it_would_have_been_found_live(
    bedside: BedHarness, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, apart: int, found: bool
) -> None:
    """Live, two events are 38 samples at 128 Hz apart at the least; nearer ones are one discharge seen twice."""
    (tmp_path / "before").mkdir()
    monkeypatch.setattr(samplelog, "SHARED_MEMORY", tmp_path / "before")
    before = BedHarness(tmp_path / "before")
    shed_and_look_again(before)
    first = min(before.journal.newest("bed-1", "ied", 99), key=lambda event: event["sample"])
    # Both count their LSL time from their own beginning.
    lsl_s = first["lsl_time_s"] - before.epoch_s + bedside.epoch_s - apart / 128
    known = {"lsl_time_s": lsl_s, "sample": -1}
    bedside.journal.post("bed-1", [Outgoing("known", "ied", "ied", known, retain=False, utc=datetime.now(UTC))])
    shed_and_look_again(bedside)
    assert (first["sample"] in peaks(bedside)) is found


def test_one_warm_up_serves_stretches_that_are_no_further_apart(
    bedside: BedHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is the warm-up of a recording that goes on after a restart, not one of its own."""
    monkeypatch.setattr(binding, "WARM_UP_S", 2.0)
    eeg = np.tile(patient_eeg()[0], (1, 2))
    bedside.step = STEPS[TOP]
    for _ in range(3):
        bedside.feed(2500, eeg)
        bedside.work()
    bedside.report()
    shed = [piece for piece in bedside.coverage() if piece[2] == "shed"]
    assert len(shed) == 3
    assert min(later[0] - earlier[1] for earlier, later in pairwise(shed)) > 2 * RATE_HZ
    with capture_logs() as lines:
        while bedside.bed.look_again():
            pass
    assert [line["stretches"] for line in lines if line["event"] == "looked again at what was shed"] == [1, 1, 1]


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
