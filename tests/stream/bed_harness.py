"""One bed with its two logs, as the detector's tests need it."""

import sqlite3
import time
from pathlib import Path

from stream.analysis import infer_turns
from stream.config.keys import Config
from stream.detect.bed import BedDetector
from stream.detect.journal_gate import JournalGate
from stream.detect.ladder import STEPS
from stream.detect.models import Detectors
from stream.logbook.journal import Journal
from stream.logbook.samplelog import SampleLogWriter, ring_path
from stream.records import Samples, Source
from stream.schema.reports import DetectReport, Report
from tests.stream.patient import RATE_HZ, config_in, patient_eeg, shipped_detectors, source_of


class BedHarness:
    """A sample log, a journal and the detector between them, which may be killed and opened anew."""

    def __init__(self, folder: Path, config: Config | None = None, detectors: Detectors | None = None) -> None:
        self.config = config or config_in(folder)
        self.detectors = detectors or shipped_detectors()
        self.source: Source = source_of(patient_eeg()[1])
        self.epoch_s = time.monotonic()
        self.reports: list[Report] = []
        self.step = STEPS[0]
        self.begin_recording(self.source)
        self.open_detector()

    def begin_recording(self, source: Source, capacity_s: float = 60.0) -> None:
        """Put a new recording in the place of the old one, whose writer has ended."""
        self.path = ring_path(self.config, "bed-1")
        self.writer = SampleLogWriter.create(self.path, source, capacity_s)

    def open_detector(self) -> None:
        """Begin as a new process does: nothing is known but what the two logs hold."""
        self.journal = Journal(self.config.journal.path)
        self.bed = BedDetector(
            self.config, self.config.bed[0], self.detectors, JournalGate(self.journal), self.reports.append
        )

    def kill_detector(self) -> None:
        """Lose all that a process holds in memory."""
        # Nothing is committed or released on the way out, as after SIGKILL.
        self.journal.close()
        self.open_detector()

    def feed(self, n: int, samples: Samples | None = None) -> None:
        """Append the recording's next samples; their LSL time is counted from its first."""
        first = self.writer.head
        whole = patient_eeg()[0] if samples is None else samples
        end = min(first + n, whole.shape[1])
        # All of a piece arrives at the harness's own beginning, so no test depends on how fast it runs.
        self.writer.append(whole[:, first:end], self.epoch_s, self.epoch_s + (end - 1) / RATE_HZ)

    def round(self, *, merge: bool = True) -> bool:
        """Work one round as the detector does; True if something was due."""
        turn = self.bed.collect(self.step)
        [scored] = infer_turns(self.bed.infer, [turn])
        if merge:
            self.bed.merge(scored)
            self.bed.stage_sleep()
        return bool(turn)

    def work(self) -> None:
        """Work rounds until nothing is due."""
        while self.round():
            pass

    def report(self) -> DetectReport:
        """Return the bed's next report."""
        self.bed.report()
        report = self.reports[-1]
        assert isinstance(report, DetectReport)
        return report

    def ids(self) -> list[str]:
        """List the ids of the events in the journal, in order."""
        return [row[0] for row in self.query("SELECT id FROM messages WHERE kind = 'ied' ORDER BY seq")]

    def coverage(self, recording: int = 1) -> list[tuple[int, int, str, str]]:
        """List what became of the recording's samples, in order."""
        columns = 'SELECT first, "end", fate, reason FROM coverage'
        return self.query(f"{columns} WHERE recording = {recording} ORDER BY first")

    def query(self, sql: str) -> list[tuple]:  # type: ignore[type-arg]
        """Query the journal's file itself."""
        # A connection of its own: what is found is on disk, and not in a cache of the journal under test.
        database = sqlite3.connect(self.config.journal.path)
        try:
            return database.execute(sql).fetchall()
        finally:
            database.close()

    def assert_accounted(self, head: int) -> None:
        """Assert that coverage leads from 0 to the cursor without a hole, and is with `pending` all that elapsed."""
        pending = self.report().pending
        pieces = self.coverage()
        assert [first for first, *_ in pieces] == [0, *(end for _, end, *_ in pieces[:-1])]
        accounted = sum(self.journal.accounting("bed-1", 1).values())
        assert accounted == self.journal.cursor("bed-1", 1) == pieces[-1][1]
        assert accounted + pending == head

    def assert_numbered(self) -> None:
        """Assert that sequence numbers are contiguous from 1."""
        numbers = [row[0] for row in self.query("SELECT seq FROM messages ORDER BY seq")]
        assert numbers == list(range(1, len(numbers) + 1))
