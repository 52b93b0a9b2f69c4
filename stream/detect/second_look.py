"""Samples that were shed are analysed once the host has time, while they are still in the ring.

Its events are journalled late, with the flag `late`; the account then says what became of the samples.
"""

import time
from collections.abc import Callable, Iterable, Sequence
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
"""How often the journal is asked for shed samples, while nothing else is due."""
READ_S: Final = 0.5
RECENT: Final = 1000
"""Events: more than were found since the oldest sample in the ring."""

Count = Callable[[Iterable[Coverage], Sequence[Outgoing]], None]
"""Counts what became of samples, and the events found in them."""

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
    """Stretches that were shed soon after each other, led through stages of their own."""

    def __init__(self, looked: Looked, pieces: Sequence[Coverage], clusters: Clusters) -> None:
        piece = pieces[0]
        manifest, rate_hz = looked.binding.detector.manifest, looked.reader.source.rate_hz
        pipeline = looked.binding.pipeline(piece.first)
        # Its events are of the same recording: they join the clusters of the others.
        pipeline.clusters = clusters
        self.pieces = pieces
        self._coverage: list[Coverage] = []
        self.found: list[Outgoing] = []
        self._looked = looked
        self._analysis = Analysis(pipeline, looked.binding.detector.infer, memory_s=looked.memory_s)
        # So that filters and sleep stand as they stood.
        warmed_from = piece.first - round(looked.binding.warm_up_s * rate_hz)
        self._position = min(piece.first, max(looked.reader.tail, warmed_from))
        # A discharge at the very end is settled by windows that end up to their length behind it.
        self._end = pieces[-1].end + round(manifest.window_samples / manifest.rate_hz * rate_hz)

    @property
    def is_done(self) -> bool:
        """Whether all was looked at, as far as the ring holds it."""
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

    def fates(self, piece: Coverage) -> list[Coverage]:
        """Return what became of a piece; what the ring had forgotten stays shed."""
        found = [
            replace(one, first=max(one.first, piece.first), end=min(one.end, piece.end))
            for one in self._coverage
            if one.first < piece.end and one.end > piece.first
        ]
        reached = found[-1].end if found else piece.first
        return found + ([replace(piece, first=reached)] if reached < piece.end else [])

    def _take(self, scored: Scored) -> None:
        item = scored.due.item
        outcome = self._analysis.pipeline.merge(item, scored.scores)
        self._coverage += outcome.coverage
        within = tuple(found for found in outcome.detections if self._was_shed(found.sample))
        if within and isinstance(item, Hop):
            latency_ms = {
                verb: 1e3 * seconds for verb, seconds in stage_latencies_s(scored, item, time.monotonic()).items()
            }
            self.found += self._looked.messages.ieds(replace(outcome, detections=within), latency_ms)

    def _was_shed(self, sample: int) -> bool:
        return any(piece.first <= sample < piece.end for piece in self.pieces)


class SecondLooks:
    """All of one recording, the oldest first; `clock` returns monotonic seconds."""

    def __init__(self, looked: Looked, clock: Callable[[], float] = time.monotonic) -> None:
        # YASA would take what it is asked now for a recording that begins anew, and lose what it knows of the present.
        self._looked = replace(looked, binding=replace(looked.binding, asks_yasa=False))
        self._clock = clock
        self._due_s = clock() + ASK_EVERY_S
        self._present: SecondLook | None = None
        self._tried: set[int] = set()

    def turn(self, gate: JournalGate, clusters: Clusters, count: Count) -> bool:
        """Work off one turn; True if there may be more at once. What is journalled is counted."""
        # A network's state belongs to the present: it cannot be run over the past as well.
        if self._looked.binding.detector.infer.carries:
            return False
        try:
            return self._turn(gate, clusters, count)
        except Exception as error:  # noqa: BLE001  (it costs this stretch, which stays shed, and nothing else)
            _log.error("a second look failed", bed=self._looked.bed, error=repr(error))
            self._present = None
            return False

    def _turn(self, gate: JournalGate, clusters: Clusters, count: Count) -> bool:
        look = self._present
        if look is None:
            if self._clock() < self._due_s:
                return False
            self._due_s = self._clock() + ASK_EVERY_S
            look = self._present = self._next(gate, clusters)
            return look is not None
        if not look.is_done:
            look.turn()
            return True
        try:
            self._journal(gate, look, count)
        except RecordError:
            # Its alarm says so. What was found waits with the look for the next turn: it is not looked for twice.
            return False
        self._present = None
        _log.info("looked again at what was shed", bed=self._looked.bed, stretches=len(look.pieces))
        return True

    def _journal(self, gate: JournalGate, look: SecondLook, count: Count) -> None:
        bed, ordinal = self._looked.bed, self._looked.ordinal
        # Windows behind the stretch saw its last discharges as well; events reported then are not reported again.
        known_s = [event["lsl_time_s"] for event in gate.use(lambda journal: journal.newest(bed, "ied", RECENT))]
        apart_s = _least_apart_s(self._looked.binding)
        found = [one for one in look.found if all(abs(one.payload["lsl_time_s"] - at_s) >= apart_s for at_s in known_s)]
        fates = [(piece, look.fates(piece)) for piece in look.pieces]
        gate.use(lambda journal: journal.amend(bed, ordinal, fates, found))
        count((one for _, parts in fates for one in parts), found)

    def _next(self, gate: JournalGate, clusters: Clusters) -> SecondLook | None:
        try:
            # Stretches that the ring has lost are not asked for: on a host that sheds all night there would be more and
            # more of them.
            tail = self._looked.reader.tail
            pieces = gate.use(lambda journal: journal.passed_over(self._looked.bed, self._looked.ordinal, tail))
        except RecordError:
            return None  # its alarm says so
        self._tried &= {piece.first for piece in pieces}
        shed = [piece for piece in pieces if piece.fate == "shed" and piece.first not in self._tried]
        near = round(self._looked.binding.warm_up_s * self._looked.reader.source.rate_hz)
        together: list[Coverage] = []
        for piece in shed:
            # A host that sheds does so every few seconds: one warm-up serves all of it.
            is_next = not together or piece.first - together[-1].end < near
            if is_next:
                together.append(piece)
        # Once only: what the ring had forgotten, or what raised, is the same the next time.
        self._tried.update(piece.first for piece in together)
        return SecondLook(self._looked, together, clusters) if together else None


def _least_apart_s(binding: Binding) -> float:
    """Return how far apart the peaks of two events are at the least; what is nearer is of one discharge."""
    rate_hz = binding.detector.manifest.rate_hz
    # Events are formed in whole samples. Half of one less, as a peak's time is rounded.
    return (round(binding.rules.refractory_s * rate_hz) - 0.5) / rate_hz
