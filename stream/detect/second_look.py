"""Samples that were shed are analysed once the host has time, while they are still in the ring.

Its events are journalled late, with the flag `late`; the account then says what became of the samples.
"""

import time
from collections.abc import Callable, Sequence
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
from stream.logbook.journal import Journal, Outgoing
from stream.logbook.samplelog import SampleLogReader
from stream.pipeline import Outcome
from stream.records import SOURCE_CHANGED, Coverage, Detection, Hop

ASK_EVERY_S: Final = 5.0
"""How often the journal is asked for shed samples, while nothing else is due."""
READ_S: Final = 0.5
RECENT: Final = 1000
"""Events: more than were found since the oldest sample in the ring."""

_log = structlog.get_logger()


def times_of_events(journal: Journal, bed: str) -> list[float]:
    """Return when the bed's newest events were, LSL seconds: what was found then is not told again."""
    return [event["lsl_time_s"] for event in journal.newest(bed, "ied", RECENT)]


@dataclass(frozen=True, slots=True)
class Looked:
    """One recording of one bed, and what its analysis takes.

    `memory_s`: so far back windows are scored again. `changed_at` returns from which sample on another
    sender sends, if one does.
    """

    bed: str
    ordinal: int
    binding: Binding
    reader: SampleLogReader
    messages: HopMessages
    memory_s: float
    changed_at: Callable[[], int | None]


@dataclass(frozen=True, slots=True)
class Found:
    """The events of one hop, and how long its stages took."""

    outcome: Outcome
    latency_ms: dict[str, float]


class SecondLook:
    """Stretches that were shed soon after each other, led through stages of their own.

    `clusters` are those of the recording's events, and `known_s` when these were: what looks like them is likelier
    here too. They stay as they are; what is found joins those that `messages` is given.
    """

    def __init__(
        self, looked: Looked, pieces: Sequence[Coverage], clusters: Clusters, known_s: Sequence[float]
    ) -> None:
        piece = pieces[0]
        manifest, rate_hz = looked.binding.detector.manifest, looked.reader.source.rate_hz
        pipeline = looked.binding.pipeline(piece.first)
        self._clusters, self._known_s, self._apart_s = clusters.copy(), known_s, _least_apart_s(looked.binding)
        pipeline.clusters = self._clusters.copy()
        self.pieces = pieces
        self._coverage: list[Coverage] = []
        self._found: list[Found] = []
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

    def messages(self, clusters: Clusters, known_s: Sequence[float]) -> list[Outgoing]:
        """Have what was found join clusters, but for what is known by now; return its messages, which name them."""
        pipeline, made = self._analysis.pipeline, list[Outgoing]()
        before, pipeline.clusters = pipeline.clusters, clusters
        for found in self._found:
            unknown = (one for one in found.outcome.detections if self._is_unknown(one, known_s))
            news = tuple(pipeline.clustered(one) for one in unknown)
            made += self._looked.messages.ieds(replace(found.outcome, detections=news), found.latency_ms)
        # If the journal fails, more may have come by the time that it is back.
        pipeline.clusters = before
        return made

    @property
    def amended(self) -> list[tuple[Coverage, list[Coverage]]]:
        """What became of each piece; what the ring had forgotten stays shed."""
        return [(piece, self._fates(piece)) for piece in self.pieces]

    def _fates(self, piece: Coverage) -> list[Coverage]:
        found = [
            replace(one, first=max(one.first, piece.first), end=min(one.end, piece.end))
            for one in self._coverage
            if one.first < piece.end and one.end > piece.first
        ]
        reached = found[-1].end if found else piece.first
        return found + ([replace(piece, first=reached)] if reached < piece.end else [])

    def _take(self, scored: Scored) -> None:
        item, pipeline = scored.due.item, self._analysis.pipeline
        outcome = pipeline.merge(item, scored.scores)
        self._coverage += outcome.coverage
        if not outcome.detections or not isinstance(item, Hop):
            return
        # Live events are seen again here. They stand in the clusters already, and must not count twice for others.
        pipeline.clusters = self._clusters
        news = [pipeline.clustered(one) for one in outcome.detections if self._is_unknown(one, self._known_s)]
        pipeline.clusters = self._clusters.copy()
        # Between the stretches, where hops were further apart live, what was not found stays so.
        within = tuple(self._flagged(one) for one in news if self._was_shed(one.sample))
        if within:
            latencies_s = stage_latencies_s(scored, item, time.monotonic())
            latency_ms = {verb: 1e3 * seconds for verb, seconds in latencies_s.items()}
            self._found.append(Found(replace(outcome, detections=within), latency_ms))

    def _was_shed(self, sample: int) -> bool:
        return any(piece.first <= sample < piece.end for piece in self.pieces)

    def _flagged(self, found: Detection) -> Detection:
        changed_at = self._looked.changed_at()
        is_anothers = changed_at is not None and found.sample >= changed_at
        return replace(found, flags=(*found.flags, SOURCE_CHANGED)) if is_anothers else found

    def _is_unknown(self, found: Detection, known_s: Sequence[float]) -> bool:
        # Windows behind a stretch saw its last discharges as well, and reported them then.
        return all(abs(found.lsl_s - at_s) >= self._apart_s for at_s in known_s)


Commit = Callable[[SecondLook], bool]
"""Journals what a second look found; False if the journal fails."""


class SecondLooks:
    """All of one recording, the oldest first; `clock` returns monotonic seconds."""

    def __init__(self, looked: Looked, clock: Callable[[], float] = time.monotonic) -> None:
        # YASA would take what it is asked now for a recording that begins anew, and lose what it knows of the present.
        self._looked = replace(looked, binding=replace(looked.binding, asks_yasa=False))
        self._clock = clock
        self._due_s = clock() + ASK_EVERY_S
        self._present: SecondLook | None = None
        self._tried: set[int] = set()

    def turn(self, gate: JournalGate, clusters: Clusters, commit: Commit) -> bool:
        """Work off one turn; True if there may be more at once."""
        # A network's state belongs to the present: it cannot be run over the past as well.
        if self._looked.binding.detector.infer.carries:
            return False
        try:
            return self._turn(gate, clusters, commit)
        except Exception as error:  # noqa: BLE001  (it costs this stretch, which stays shed, and nothing else)
            _log.error("a second look failed", bed=self._looked.bed, error=repr(error))
            self._present = None
            return False

    def _turn(self, gate: JournalGate, clusters: Clusters, commit: Commit) -> bool:
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
        if not commit(look):
            # The journal's alarm says so. What was found waits with the look for the next turn.
            return False
        self._present = None
        _log.info("looked again at what was shed", bed=self._looked.bed, stretches=len(look.pieces))
        return True

    def _next(self, gate: JournalGate, clusters: Clusters) -> SecondLook | None:
        try:
            # Stretches that the ring has lost are not asked for: on a host that sheds all night there would be more and
            # more of them.
            tail = self._looked.reader.tail
            pieces = gate.use(lambda journal: journal.passed_over(self._looked.bed, self._looked.ordinal, tail))
            known_s = gate.use(lambda journal: times_of_events(journal, self._looked.bed))
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
        return SecondLook(self._looked, together, clusters, known_s) if together else None


def _least_apart_s(binding: Binding) -> float:
    """Return how far apart the peaks of two events are at the least; what is nearer is of one discharge."""
    rate_hz = binding.detector.manifest.rate_hz
    # Events are formed in whole samples. Half of one less, as a peak's time is rounded.
    return (round(binding.rules.refractory_s * rate_hz) - 0.5) / rate_hz
