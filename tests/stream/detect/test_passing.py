"""A host that is too slow: what it passes over is counted and told, and comes back by itself."""

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from stream.config.keys import Acquire, Bed, Config, Infer, JournalFile
from stream.detect import second_look
from stream.detect.ladder import STEPS, TOP
from stream.detect.rounds import Rounds
from stream.infer import HopScores
from stream.logbook import samplelog
from stream.logbook.journal import Journal
from stream.logbook.samplelog import SampleLogWriter, ring_path
from stream.records import Hop
from stream.schema.reports import DetectReport, Report
from tests.stream.bed_harness import BedHarness
from tests.stream.detect.test_rounds import Counting, Given, long_eeg
from tests.stream.hand_clock import HandClock
from tests.stream.patient import RATE_HZ, patient_eeg, source_of

HOP_S, HOP = 0.125, 32
RESTS, WIDENS = 3, 4


class Slow(Counting):
    """A network that takes `cost_s` of the clock for each window."""

    def __init__(self, clock: HandClock) -> None:
        super().__init__()
        self._clock, self.cost_s = clock, 0.0

    def infer(self, hops: Sequence[Hop]) -> list[HopScores]:
        """Score every window with 0, slowly."""
        self._clock.now_s += self.cost_s * sum(len(hop.windows) for hop in hops)
        return super().infer(hops)


class SlowHost:
    """One bed of five groups, 40 windows a second, on a clock that the network moves."""

    def __init__(self, folder: Path) -> None:
        bed = Bed(id="bed-1", acquire=Acquire(unit="uV"))
        self.config = Config(
            bed=[bed], infer=Infer(device="cpu", sleep="off"), journal=JournalFile(path=folder / "journal.db")
        )
        self.clock = HandClock(0.0)
        self.infer = Slow(self.clock)
        self.journal = Journal(self.config.journal.path)
        self.reports: list[Report] = []
        self.wake_fd = os.eventfd(0)
        given = Given(self.config, self.infer)
        self.rounds = Rounds(self.config, given, self.journal, self.reports.append, self.wake_fd, self.clock)
        source = source_of(patient_eeg()[1])
        self.writer = SampleLogWriter.create(ring_path(self.config, "bed-1"), source, 150.0)
        self._report_s = 1.0

    def run(self, until_s: float) -> None:
        """Let samples come as the clock moves, and work them off."""
        while self.clock.now_s < until_s:
            come = int(self.clock.now_s / HOP_S) * HOP
            if come > self.writer.head:
                samples = long_eeg()[:, self.writer.head : come]
                self.writer.append(samples, come / RATE_HZ, come / RATE_HZ)
            if not self.rounds.round():
                self.clock.now_s += HOP_S
            if self.clock.now_s >= self._report_s:
                self._report_s += 1.0
                self.rounds.report()

    def seen(self) -> list[DetectReport]:
        """Return the reports so far."""
        return [report for report in self.reports if isinstance(report, DetectReport)]

    def accounted(self) -> dict[str, int]:
        """Return samples by fate, after it was asserted that every sample that came has one or waits."""
        self.rounds.report()
        fates = self.journal.accounting("bed-1", 1)
        assert sum(fates.values()) + self.seen()[-1].pending == self.writer.head
        return fates


@pytest.fixture
def host(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[SlowHost]:
    """Yield a host whose network costs nothing yet."""
    monkeypatch.setattr(samplelog, "SHARED_MEMORY", tmp_path)
    monkeypatch.setattr(second_look, "ASK_EVERY_S", 0.0)
    made = SlowHost(tmp_path)
    yield made
    made.journal.close()
    os.close(made.wake_fd)


@pytest.fixture
def bedside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> BedHarness:
    """Begin a recording in a place of its own."""
    monkeypatch.setattr(samplelog, "SHARED_MEMORY", tmp_path)
    return BedHarness(tmp_path)


@pytest.mark.fault
def test_i6_four_times_too_slow_is_met_by_windows_further_apart_and_no_sample_is_given_up(host: SlowHost) -> None:
    """Each step is told; within 30 s of the host's recovery nothing is left undone."""
    host.run(10.0)
    # 40 windows a second of 0.1 s each; of five hops one, they are 0.8 s.
    host.infer.cost_s = 0.1
    host.run(80.0)
    levels = [report.level for report in host.seen()]
    climbed = levels.index(WIDENS)
    # In the order of the ladder, and no further; what is tried again from time to time is one step less.
    assert list(dict.fromkeys(levels[:climbed])) == list(range(WIDENS))
    assert set(levels[climbed:]) <= {WIDENS - 1, WIDENS}
    assert levels[climbed:].count(WIDENS) > levels[climbed:].count(WIDENS - 1)
    alarms = {report.level: report.alarms.get("overload", "") for report in host.seen()}
    assert [bool(alarms[level]) for level in range(WIDENS + 1)] == [False, False, True, True, True]
    host.infer.cost_s = 0.0
    host.run(120.0)
    assert host.seen()[-1].level == 0
    assert host.seen()[-1].alarms == {}
    assert set(host.accounted()) == {"analysed", "rejected"}


@pytest.mark.fault
def test_i6_ten_times_too_slow_sheds_the_oldest_and_counts_every_sample(host: SlowHost) -> None:
    """What is analysed is seconds old and not minutes; what is not is shed, and looked at when there is time."""
    host.run(5.0)
    host.infer.cost_s = 0.25
    host.run(70.0)
    newest = host.seen()[-1]
    assert newest.level == TOP
    assert {"overload", "shed"} <= set(newest.alarms)
    # Five seconds and the turn that was begun with them.
    assert newest.pending < 25 * RATE_HZ
    fates = host.accounted()
    assert fates["shed"] > 10 * RATE_HZ
    pieces = host.journal.passed_over("bed-1", 1)
    assert sum(piece.end - piece.first for piece in pieces if piece.reason == "overload") == fates["shed"]
    host.infer.cost_s = 0.0
    host.run(95.0)
    assert host.seen()[-1].level == 0
    # All of it was still in the ring.
    assert "shed" not in host.accounted()


def test_a_detector_killed_while_windows_are_further_apart_loses_and_doubles_nothing(
    bedside: BedHarness, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It scores again what was scored, and passes over what was passed over; the account says that hops were wider."""
    bedside.step = STEPS[WIDENS]
    bedside.feed(5120)
    bedside.work()
    undisturbed = bedside.ids()
    assert undisturbed
    assert {reason for _, _, fate, reason in bedside.coverage() if fate == "analysed"} >= {"wider_hop"}
    (tmp_path / "killed").mkdir()
    monkeypatch.setattr(samplelog, "SHARED_MEMORY", tmp_path / "killed")
    killed = BedHarness(tmp_path / "killed")
    killed.step = STEPS[WIDENS]
    while killed.writer.head < 5120:
        # 700 samples are no whole number of the wide hops.
        killed.feed(700)
        killed.work()
        killed.report()
        killed.kill_detector()
    killed.work()
    assert killed.ids() == undisturbed
    killed.assert_accounted(5120)


def test_sleep_rests_at_its_level_and_no_sample_waits(bedside: BedHarness) -> None:
    """Events are those of a host that keeps up."""
    bedside.step = STEPS[RESTS]
    bedside.feed(5120)
    bedside.work()
    assert bedside.ids()
    assert {fate for _, _, fate, _ in bedside.coverage()} == {"analysed", "rejected"}
    stages = [
        row[0] for row in bedside.query("SELECT json_extract(payload, '$.stage') FROM messages WHERE kind = 'sleep'")
    ]
    assert stages == ["unknown"]
