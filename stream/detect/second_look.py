"""What was shed is looked at again once the host has time, while its samples are still in the ring.

Its events are journalled late, with the flag `late`; the account then says what became of the samples.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

import structlog

from models.detection.clusters import Clusters
from stream.analysis import Analysis, Scored, infer_turns
from stream.detect.binding import Binding
from stream.detect.journal_gate import JournalGate
from stream.detect.messages import HopMessages
from stream.detect.stats import stage_latencies_s
from stream.errors import RecordError
from stream.logbook.journal import Outgoing
from stream.logbook.samplelog import SampleLogReader
from stream.records import Coverage, Hop

ASK_EVERY_S: Final = 5.0
"""So often the journal is asked whether something was shed, while nothing else is to be done."""
READ_S: Final = 0.5
WARM_UP_S: Final = 90.0
"""Before the first sample that was shed, so that filters and sleep stand as they stood."""

SAME_S: Final = 0.3
"""Peaks that are closer are of one discharge, as for `models.detection.events`."""
RECENT: Final = 1000
"""Events: more than were found since the oldest sample in the ring."""

_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Looked:
    """One recording of one bed, and what its analysis takes; `memory_s`: so far back windows are scored again."""

    bed: str
    ordinal: int
    binding: Binding
    reader: SampleLogReader
    messages: HopMessages
    memory_s: float


class SecondLook:
    """One stretch that was shed, led through stages of its own."""

    def __init__(self, looked: Looked, piece: Coverage, clusters: Clusters) -> None:
        manifest, rate_hz = looked.binding.detector.manifest, looked.reader.source.rate_hz
        pipeline = looked.binding.pipeline(piece.first)
        # Its events are of the same recording: they join the clusters of the others.
        pipeline.clusters = clusters
        self.piece = piece
        self.coverage: list[Coverage] = []
        self.found: list[Outgoing] = []
        self._looked = looked
        self._analysis = Analysis(pipeline, looked.binding.detector.infer, memory_s=looked.memory_s)
        self._position = min(piece.first, max(looked.reader.tail, piece.first - round(WARM_UP_S * rate_hz)))
        # A discharge at the very end is settled by windows that end up to their length behind it.
        self._end = piece.end + round(manifest.window_samples / manifest.rate_hz * rate_hz)

    @property
    def is_done(self) -> bool:
        """Whether all of the stretch was looked at, as far as the ring holds it."""
        return not self._analysis.is_waiting and self._position >= min(self._end, self._looked.reader.head)

    def turn(self) -> None:
        """Work off one turn."""
        if not self._analysis.is_waiting:
            for record in self._looked.reader.read(self._position, round(READ_S * self._looked.reader.source.rate_hz)):
                self._analysis.push(record)
                self._position = record.end
        [turn] = infer_turns(self._analysis.infer, [self._analysis.take_turn()])
        for scored in turn:
            self._take(scored)

    def fates(self) -> list[Coverage]:
        """Return what became of the stretch; what the ring had forgotten stays shed."""
        reached = self.coverage[-1].end if self.coverage else self.piece.first
        rest = [replace(self.piece, first=reached)] if reached < self.piece.end else []
        return [*self.coverage, *rest]

    def _take(self, scored: Scored) -> None:
        piece, item = self.piece, scored.due.item
        outcome = self._analysis.pipeline.merge(item, scored.scores)
        self.coverage += [
            replace(one, end=min(one.end, piece.end)) for one in outcome.coverage if one.first < piece.end
        ]
        within = tuple(found for found in outcome.detections if piece.first <= found.sample < piece.end)
        if within and isinstance(item, Hop):
            latency_ms = {
                verb: 1e3 * seconds for verb, seconds in stage_latencies_s(scored, item, time.monotonic()).items()
            }
            self.found += self._looked.messages.ieds(replace(outcome, detections=within), latency_ms)


class SecondLooks:
    """All of one recording, the oldest first; `clock` returns monotonic seconds."""

    def __init__(self, looked: Looked, clock: Callable[[], float] = time.monotonic) -> None:
        self._looked = looked
        self._clock = clock
        self._due_s = clock() + ASK_EVERY_S
        self._present: SecondLook | None = None
        self._tried: set[int] = set()

    def turn(self, gate: JournalGate, clusters: Clusters) -> bool:
        """Work off one turn; True if there may be more at once."""
        # What a network carries of the bed belongs to the present: it cannot be led through the past as well.
        if self._looked.binding.detector.infer.carries:
            return False
        try:
            return self._turn(gate, clusters)
        except Exception as error:  # noqa: BLE001  (it costs this stretch, which stays shed, and nothing else)
            _log.error("a second look failed", bed=self._looked.bed, error=repr(error))
            self._present = None
            return False

    def _turn(self, gate: JournalGate, clusters: Clusters) -> bool:
        look = self._present
        if look is None:
            if self._clock() < self._due_s:
                return False
            self._due_s = self._clock() + ASK_EVERY_S
            look = self._present = self._next(gate, clusters)
            return look is not None
        look.turn()
        if look.is_done:
            self._present = None
            self._journal(gate, look)
            _log.info("looked again at what was shed", bed=self._looked.bed, samples=look.piece.end - look.piece.first)
        return True

    def _journal(self, gate: JournalGate, look: SecondLook) -> None:
        bed, ordinal = self._looked.bed, self._looked.ordinal
        # Windows behind the stretch saw its last discharges as well: what was told then is not told again.
        known_s = [event["lsl_time_s"] for event in gate.use(lambda journal: journal.newest(bed, "ied", RECENT))]
        found = [one for one in look.found if all(abs(one.payload["lsl_time_s"] - at_s) >= SAME_S for at_s in known_s)]
        gate.use(lambda journal: journal.amend(bed, ordinal, look.piece, look.fates(), found))

    def _next(self, gate: JournalGate, clusters: Clusters) -> SecondLook | None:
        try:
            pieces = gate.use(lambda journal: journal.passed_over(self._looked.bed, self._looked.ordinal))
        except RecordError:
            return None  # its alarm says so
        for piece in pieces:
            if piece.fate == "shed" and piece.first not in self._tried and piece.end > self._looked.reader.tail:
                # Once only: what the ring had forgotten, or what raised, is the same the next time.
                self._tried.add(piece.first)
                return SecondLook(self._looked, piece, clusters)
        return None
