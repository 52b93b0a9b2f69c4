"""detect: beds take turns, so that nobody's newest hop waits for somebody else's backlog."""

import os
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from stream.config.keys import Acquire, Bed, Config, Infer, JournalFile
from stream.detect.models import Detector, Detectors
from stream.detect.rounds import Rounds
from stream.infer import HopScores
from stream.logbook import samplelog
from stream.logbook.journal import Journal
from stream.logbook.samplelog import SampleLogWriter, ring_path
from stream.records import Hop, Samples, Score, SpanScore
from stream.schema.reports import DetectReport, Report
from tests.stream.hand_clock import HandClock
from tests.stream.patient import RATE_HZ, patient_eeg, source_of

HOP = 32
"""Samples of the stream."""
FLOOD = round(600 * RATE_HZ)
GROUPS = 5


class Counting:
    """An infer stage that finds nothing, and notes its calls: (bed, end of the hop, windows)."""

    name = "counting"
    context_samples = warm_up_samples = 0
    carries = False

    def __init__(self) -> None:
        self.calls: list[tuple[str, int, int]] = []

    def infer(self, hops: Sequence[Hop]) -> list[HopScores]:
        """Score every window with 0."""
        self.calls += [(hop.bed, hop.end, len(hop.windows)) for hop in hops]
        return [
            HopScores(tuple(Score(window, (SpanScore(0.0, window.first),)) for window in hop.windows)) for hop in hops
        ]

    def forget(self, bed: str) -> None:
        """Nothing is carried."""


class Given(Detectors):
    """Detectors that all use the same stage."""

    def __init__(self, config: Config, infer: Counting) -> None:
        self._infer = infer
        super().__init__(config)

    def of(self, bed: Bed) -> Detector:
        """Return the bed's detector with the stage in it."""
        return replace(super().of(bed), infer=self._infer)


class Host:
    """Two beds on one detector, whose rounds are turned by hand."""

    def __init__(self, folder: Path) -> None:
        beds = [Bed(id=name, acquire=Acquire(unit="uV")) for name in ("a", "b")]
        journal = JournalFile(path=folder / "journal.db")
        self.config = Config(bed=beds, infer=Infer(device="cpu", sleep="off"), journal=journal)
        self.infer = Counting()
        self.journal = Journal(self.config.journal.path)
        self.reports: list[Report] = []
        self.commit_fd = os.eventfd(0)
        detectors = Given(self.config, self.infer)
        self.rounds = Rounds(self.config, detectors, self.journal, self.reports.append, self.commit_fd, HandClock())
        source = source_of(patient_eeg()[1])
        # Rings of 700 s: the flood of 600 must fit, or its samples would be shed.
        self.writers = {
            bed.id: SampleLogWriter.create(ring_path(self.config, bed.id), source, 700.0) for bed in self.config.bed
        }

    def feed(self, bed: str, n: int) -> None:
        """Append a bed's next samples in one piece."""
        first = self.writers[bed].head
        newest_s = (first + n) / RATE_HZ
        self.writers[bed].append(long_eeg()[:, first : first + n], newest_s, newest_s)

    def round(self) -> list[tuple[str, int, int]]:
        """Work one round; return what the network was called with."""
        self.infer.calls.clear()
        self.rounds.round()
        return list(self.infer.calls)

    def cursor(self, bed: str) -> int:
        """Return up to where a bed is merged and journalled."""
        self.rounds.report()
        return self.journal.cursor(bed, 1)

    def newest_report(self, bed: str) -> DetectReport:
        """Return a bed's newest report."""
        return [report for report in self.reports if isinstance(report, DetectReport) and report.bed == bed][-1]


@cache
def long_eeg() -> Samples:
    """Play the patient's recording to and fro for longer than the flood."""
    samples, _ = patient_eeg()
    # Forwards and backwards: begun again it would jump, and the jump would be rejected as bad samples.
    return np.concatenate([samples, samples[:, ::-1]] * 17, axis=1)


@pytest.fixture
def host(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Host]:
    """Yield a host with its rings in a place of their own."""
    monkeypatch.setattr(samplelog, "SHARED_MEMORY", tmp_path)
    made = Host(tmp_path)
    yield made
    made.journal.close()
    os.close(made.commit_fd)


def test_a_flooded_bed_keeps_no_other_waiting(host: Host) -> None:
    """Ten minutes of one bed at once: each hop of the other is merged in the round behind its arrival."""
    # Eight seconds: its filters are settled and its windows full, so that each hop has all groups.
    host.feed("b", 64 * HOP)
    while host.rounds.round():
        pass
    host.feed("a", FLOOD)
    for number in range(12):
        host.feed("b", HOP)
        calls = host.round()
        assert [bed for bed, _, _ in calls] == ["a", "b"]
        assert sum(windows for _, _, windows in calls) <= 2 * GROUPS
        assert calls[1] == ("b", 16 * (65 + number), GROUPS)
        assert host.cursor("b") == host.writers["b"].head
    # A dozen hops of ten minutes: nearly all of it waits still, and is counted.
    assert host.newest_report("a").pending > FLOOD - 13 * HOP


def test_a_backlog_is_worked_off_in_order(host: Host) -> None:
    """A minute of one bed: every hop once, one a round, nothing of it lost."""
    host.feed("a", round(60 * RATE_HZ))
    rounds = []
    while calls := host.round():
        rounds.append(calls)
    assert [[end for _, end, _ in calls] for calls in rounds] == [[16 * k] for k in range(1, 60 * 8 + 1)]
    assert host.cursor("a") == 60 * 256
    assert host.newest_report("a").samples.keys() == {"analysed", "rejected"}


def test_results_behind_the_budget_are_counted(host: Host) -> None:
    """Samples that arrived long ago, by the clock of their arrival, are late however fast they are worked off."""
    # Their arrival is counted from 0 of the monotonic clock, which began with this machine.
    host.feed("a", 10 * HOP)
    while host.rounds.round():
        pass
    host.rounds.report()
    assert host.newest_report("a").budget_misses == 10
    assert host.newest_report("b").budget_misses == 0


def test_beds_that_are_due_together_share_a_batch(host: Host) -> None:
    """Whatever came during a round is the next one; a bed with nothing new is not called for."""
    host.feed("a", 3 * HOP)
    host.feed("b", 2 * HOP)
    assert [[bed for bed, _, _ in host.round()] for _ in range(4)] == [["a", "b"], ["a", "b"], ["a"], []]
