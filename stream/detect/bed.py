"""One bed as the detector follows it: from recording to recording, every sample exactly once into the journal."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import structlog

from stream.config.keys import Bed, Config
from stream.detect.binding import Binding, Detectors, hop_samples
from stream.detect.recording import Recording, Timed
from stream.detect.stats import IntervalStats
from stream.errors import RecordError
from stream.infer import HopScores, Infer
from stream.logbook.journal import Journal, Outgoing
from stream.logbook.samplelog import SampleLogReader, ring_path
from stream.records import Coverage, Gap, Hop
from stream.schema.reports import Report

COVERAGE_EVERY_S = 1.0
"""With nothing to tell, coverage is committed this often: analysing twice gives the same ids."""

_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class PendingMessage:
    """A message, when the samples that settled it had arrived, and when it had been made."""

    message: Outgoing
    arrival_s: float
    merged_s: float


class BedDetector:
    """Collects what is due of one bed, concludes what was inferred, and commits."""

    def __init__(
        self, config: Config, bed: Bed, detectors: Detectors, journal: Journal, send: Callable[[Report], None]
    ) -> None:
        detector = detectors.of(bed)
        rate_hz = detector.manifest.rate_hz
        self.infer: Infer = detector.infer
        self._config = config
        self._bed = bed
        self._detectors = detectors
        self._journal = journal
        self._send = send
        self._path = ring_path(config, bed.id)
        self._tally = IntervalStats(bed.id, config.infer.budget_ms / 1e3, hop_samples(config, rate_hz) / rate_hz)
        self._recording: Recording | None = None
        self._coverage: list[Coverage] = []
        self._commit_due_s = 0.0

    def collect(self) -> list[Timed]:
        """Give what is due next; the last of it may be a hop that the network must see, and no other is."""
        if self._recording is None or self._recording.exhausted:
            self._next_recording()
        return [] if self._recording is None else self._recording.collect()

    def to_score(self, timed: Sequence[Timed]) -> list[Hop]:
        """Choose what the network must see: the newest hop, or none."""
        if self._recording is None:
            return []
        return [item.due for item in timed if self._recording.needs_inference(item.due)]

    def conclude(self, timed: Sequence[Timed], verdicts: Mapping[int, HopScores], inferred_s: float) -> bool:
        """Merge and journal one round; `verdicts` by the end of each hop of `to_score`. True if something was told."""
        if self._recording is None:
            return False
        told = [entry for item in timed for entry in self._conclude(self._recording, item, verdicts, inferred_s)]
        if told or time.monotonic() >= self._commit_due_s:
            self._commit(self._recording, told)
        return bool(told)

    def report(self) -> None:
        """Commit the coverage that waits, and tell the parent what happened since the last report."""
        recording = self._recording
        if recording is None:
            self._send(self._tally.report(pending=0, unusable=""))
            return
        if recording.unusable:
            self._coverage += recording.remainder().coverage
        self._commit(recording, [])
        self._send(self._tally.report(recording.pending, recording.unusable))

    def _next_recording(self) -> None:
        """Close the account of the old recording, and bind the one that has begun, if any has."""
        if self._recording is not None:
            self._coverage += self._recording.remainder().coverage
            self._commit(self._recording, [])
            self._recording = None
            self.infer.forget(self._bed.id)
        try:
            reader = SampleLogReader.open(self._path)
        except RecordError:
            return  # acquire has found no stream yet
        if reader.head and not reader.superseded:
            self._recording = self._bind(reader)

    def _bind(self, reader: SampleLogReader) -> Recording:
        binding = Binding(self._config, self._bed, reader.source, self._detectors)
        recording = Recording(reader, binding, self._journal)
        if recording.unusable:
            _log.error("stream cannot be analysed", bed=self._bed.id, reason=recording.unusable)
        else:
            self._send(binding.ready(recording.ordinal, recording.pipeline))
            _log.info("watching", bed=self._bed.id, recording=recording.ordinal, from_sample=recording.committed)
        return recording

    def _conclude(
        self, recording: Recording, timed: Timed, verdicts: Mapping[int, HopScores], inferred_s: float
    ) -> list[PendingMessage]:
        """Merge one hop or gap; what the journal already holds is done again for its state and not told again."""
        due, known = timed.due, recording.pipeline.cursor
        said = verdicts.get(due.end, HopScores()) if isinstance(due, Hop) else HopScores()
        outcome = recording.pipeline.conclude(due, said)
        if outcome.cursor == known:
            return []
        self._coverage += outcome.coverage
        if isinstance(due, Gap):
            _log.warning("gap", bed=self._bed.id, samples=due.length, fate=due.fate, reason=due.reason)
            self._tally.gap(due)
            return []
        merged_s = time.monotonic()
        latency_ms = self._tally.hop(timed, due, outcome, inferred_s, merged_s)
        messages = recording.findings.messages(due, outcome, latency_ms)
        return [PendingMessage(message, due.arrival_s, merged_s) for message in messages]

    def _commit(self, recording: Recording, told: Sequence[PendingMessage]) -> None:
        if not (self._coverage or told):
            return
        messages = [entry.message for entry in told]
        cursor = self._coverage[-1].end if self._coverage else recording.committed
        self._journal.commit(self._bed.id, recording.ordinal, cursor, self._coverage, messages)
        committed_s = time.monotonic()
        for entry in told:
            self._clock(entry, committed_s)
        self._tally.journalled(self._coverage, messages)
        self._coverage.clear()
        recording.committed = cursor
        self._commit_due_s = committed_s + COVERAGE_EVERY_S

    def _clock(self, told: PendingMessage, committed_s: float) -> None:
        journal_s, total_s = committed_s - told.merged_s, committed_s - told.arrival_s
        self._tally.committed(journal_s, total_s)
        if told.message.kind == "ied":
            self._journal.record_latency([told.message.id], journal_s * 1e3, total_s * 1e3)
