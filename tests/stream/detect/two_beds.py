"""One detector with two beds, of which one is to fail."""

import os
import time
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from pathlib import Path

from stream.config.keys import Acquire, Bed, Condition, Config, Infer, JournalFile
from stream.config.merge_keys import Merge
from stream.detect.models import Detectors
from stream.detect.rounds import Rounds
from stream.logbook.journal import Journal
from stream.logbook.samplelog import SampleLogWriter, ring_path
from stream.records import Source
from stream.schema.reports import DetectReport, Report
from tests.stream.patient import RATE_HZ, patient_eeg, source_of
from tests.stream.untrained_stream import THRESHOLD

BEDS = ("bad", "good")
LENGTH = 5120
PIECE = 190
"""No multiple of a hop's 32: pieces and hops end at different samples."""


class Host:
    """Two beds in one detector, both with the patient's recording."""

    def __init__(
        self,
        folder: Path,
        model: str,
        beds: Sequence[str] = BEDS,
        montages: Mapping[str, dict[str, list[str]]] = {},
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        # The untrained network's bias is set for THRESHOLD; 0.3 finds events with whatever model is shipped.
        merge = Merge(threshold=THRESHOLD if model != "sc-small" else 0.3)
        self.config = Config(
            site="test",
            bed=[
                Bed(
                    id=name,
                    acquire=Acquire(unit="uV"),
                    condition=Condition(montage=montages.get(name, "scalp")),
                    merge=merge,
                )
                for name in beds
            ],
            infer=Infer(device="cpu", detector=model, sleep="off"),
            journal=JournalFile(path=folder / "journal.db"),
        )
        self.journal = Journal(self.config.journal.path)
        self.reports: list[Report] = []
        self.commit_fd = os.eventfd(0)
        detectors = Detectors(self.config) if montages else opened(model)
        self.rounds = Rounds(self.config, detectors, self.journal, self.reports.append, self.commit_fd, clock)
        self.writers: dict[str, SampleLogWriter] = {}
        for name in beds:
            self.begin(name, source_of(patient_eeg()[1]))

    def begin(self, name: str, source: Source) -> None:
        """Begin a recording of a bed."""
        if name in self.writers:
            self.writers[name].close()
        # 60 s hold the recording's 20 whole: what is rejected is rejected by the bed, and nothing is shed.
        self.writers[name] = SampleLogWriter.create(ring_path(self.config, name), source, 60.0)

    def play(self, *names: str) -> None:
        """Play the whole recording to some beds, an uneven piece at a time, and work it off."""
        for first in range(0, LENGTH, PIECE):
            self.play_piece(first, *names)
        self.rounds.report()
        for name in names:
            self.assert_accounted(name)

    def play_piece(self, first: int, *names: str) -> None:
        """Play one piece of the recording to some beds, and work it off."""
        samples = patient_eeg()[0][:, first : min(first + PIECE, LENGTH)]
        for name in names:
            end_s = (self.writers[name].head + samples.shape[1]) / RATE_HZ
            self.writers[name].append(samples, end_s, end_s)
        while self.rounds.round():
            pass

    def assert_accounted(self, name: str) -> None:
        """Assert that each sample of a bed's newest recording has a fate or is still pending, and none has two."""
        report = self.report(name)
        if "journal_failed" in report.alarms:
            # What is found waits in memory, of which the journal's account knows nothing.
            return
        number = max((number for number in (1, 2, 3) if self.journal.accounting(name, number)), default=1)
        accounted = sum(self.journal.accounting(name, number).values())
        assert accounted == self.journal.cursor(name, number)
        assert accounted + report.pending == self.writers[name].head

    def samples_of_events(self, name: str) -> list[int]:
        """List where the bed's events have their peaks, in order."""
        return sorted(event["sample"] for event in self.journal.newest(name, "ied", 1000))

    def report(self, name: str) -> DetectReport:
        """Return a bed's newest report."""
        return self.every_report(name)[-1]

    def every_report(self, name: str) -> list[DetectReport]:
        """Return all of a bed's reports."""
        return [report for report in self.reports if isinstance(report, DetectReport) and report.bed == name]


@cache
def opened(model: str) -> Detectors:
    """Open a detector once for all tests; any bed of these names may use it."""
    beds = [Bed(id=name) for name in BEDS]
    return Detectors(Config(bed=beds, infer=Infer(device="cpu", detector=model, sleep="off")))
