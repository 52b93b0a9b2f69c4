"""Sleep staging delays no window: a stager is asked once the publisher has all events of a round, of every bed."""

import os
import sys
from collections.abc import Iterator
from contextlib import closing, suppress
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from models.sleep.stager import RESULT_SAMPLES, Stager, StageResult
from models.sleep_stages import STAGES
from models.zoo.store import LoadedModel
from stream.config.keys import Acquire, Bed, Config, Infer, JournalFile
from stream.config.merge_keys import Merge
from stream.detect import binding
from stream.detect.models import Detectors
from stream.detect.rounds import Rounds
from stream.logbook import samplelog
from stream.logbook.journal import Journal
from stream.logbook.samplelog import SampleLogWriter, ring_path
from stream.yasa.asking import YasaProcess
from tests.stream.hand_clock import HandClock
from tests.stream.patient import RATE_HZ, patient_eeg, source_of

pytestmark = pytest.mark.fault

BEDS = ("a", "b", "c")
HOP = 32
"""Samples of the stream."""
Events = dict[str, list[int]]
"""Of each bed, where its journalled events have their peaks."""


class Host:
    """Three beds on one detector, each with the same recording, whose rounds are turned by hand."""

    def __init__(self, folder: Path, sleep: str, yasa: YasaProcess | None = None) -> None:
        beds = [Bed(id=name, acquire=Acquire(unit="uV"), merge=Merge(threshold=0.3)) for name in BEDS]
        journal = JournalFile(path=folder / "journal.db")
        self.config = Config(site="test", bed=beds, infer=Infer(device="cpu", sleep=sleep), journal=journal)
        self.journal = Journal(self.config.journal.path)
        self.commit_fd = os.eventfd(0, os.EFD_NONBLOCK)
        detectors = opened(sleep)
        detectors.yasa = yasa
        self.rounds = Rounds(self.config, detectors, self.journal, lambda _: None, self.commit_fd, HandClock())
        source = source_of(patient_eeg()[1])
        self.writers = [SampleLogWriter.create(ring_path(self.config, name), source, 60.0) for name in BEDS]
        self.told = 0

    def play(self, seconds: float) -> Iterator[Events]:
        """Play a hop to every bed at once, work it off, and yield the events so far, hop by hop."""
        samples = patient_eeg(seconds)[0]
        for first in range(0, samples.shape[1], HOP):
            for writer in self.writers:
                newest_s = (first + HOP) / RATE_HZ
                writer.append(samples[:, first : first + HOP], newest_s, newest_s)
            assert self.rounds.round()
            yield self.events()

    def events(self) -> Events:
        """Return what is in the journal."""
        return {bed: [one["sample"] for one in self.journal.newest(bed, "ied", 1000)] for bed in BEDS}

    def announced(self) -> int:
        """Return how many commits the publisher has been told of."""
        # It blocks where there was none since it was read last.
        with suppress(BlockingIOError):
            self.told += os.eventfd_read(self.commit_fd)
        return self.told

    def close(self) -> None:
        """Close the journal and the descriptor."""
        self.journal.close()
        os.close(self.commit_fd)


class SlowStager(Stager):
    """Answers N2 every 5 s, in whatever time: while it works, it looks at what the publisher has been told by then."""

    host: Host
    seen: list[tuple[Events, int]]

    def __init__(self, _loaded: LoadedModel, *, microvolts: bool) -> None:  # noqa: ARG002  (the stager's)
        self._end = 0

    def push(self, samples: NDArray[np.float32], _valid: NDArray[np.bool_]) -> list[StageResult]:
        """Look, and answer."""
        SlowStager.seen.append((self.host.events(), self.host.announced()))
        self._end += samples.shape[1]
        result = StageResult(self._end, "N2", dict.fromkeys(STAGES, 0.2), ready=True)
        return [] if self._end % RESULT_SAMPLES else [result]

    def reset(self) -> None:
        """Nothing is kept."""


@cache
def opened(sleep: str) -> Detectors:
    """Open the networks once for the tests of one kind of staging; of YASA's none but the detector."""
    beds = [Bed(id=name) for name in BEDS]
    return Detectors(Config(bed=beds, infer=Infer(device="cpu", sleep="off" if sleep == "yasa" else sleep)))


@pytest.fixture(autouse=True)
def _rings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep the rings in a place of their own."""
    monkeypatch.setattr(samplelog, "SHARED_MEMORY", tmp_path)


def test_i6_a_slow_stager_is_asked_when_the_publisher_has_all_events_of_the_round(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Those of its own bed, and those of the beds that come behind it."""
    monkeypatch.setattr(binding, "Stager", SlowStager)
    with closing(Host(tmp_path, "auto")) as host:
        SlowStager.host, SlowStager.seen = host, []
        for events in host.play(20.0):
            # Whatever else is committed in a round, nothing is while a stager works and nothing behind it.
            expected = (events, host.announced())
            assert SlowStager.seen == [expected] * len(BEDS)
            SlowStager.seen.clear()
        assert all(len(of_bed) > 2 for of_bed in events.values())
        assert {one["sleep_stage"] for one in host.journal.newest("c", "ied", 1000)} == {"N2", "unknown"}


def test_i6_a_yasa_that_never_answers_delays_no_window(tmp_path: Path) -> None:
    """Its epoch is asked at 30 s and due at 40 s: each hop is worked off in its own round, and the stage is unknown."""
    silent = YasaProcess(waits=False, command=(sys.executable, "-c", "import sys; sys.stdin.read()"))
    with closing(silent), closing(Host(tmp_path, "yasa", silent)) as host:
        *_, events = host.play(45.0)
        host.rounds.report()
        assert [host.journal.cursor(bed, 1) for bed in BEDS] == [round(45 * RATE_HZ)] * len(BEDS)
        assert all(len(of_bed) > 4 for of_bed in events.values())
        [state] = host.journal.newest("a", "sleep", 9)
        assert (state["stage"], state["ready"], state["lookahead_s"]) == ("unknown", False, 10.0)
