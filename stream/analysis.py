"""The loop that all analysis goes through: `detect` with many beds, `score` and `evaluate` with a file, the benches.

    read -> condition -> frame -> | wait | -> infer -> merge
    each bed for itself                       one batch of all beds        each bed for itself

`Analysis.push` conditions and frames a record. What becomes due waits for its bed's turn, `Analysis.take_turn`: the
next hop that the network must see, and what lies before it. `infer_turns` scores the turns of several beds in one
batch, and `Pipeline.merge` makes outcomes of what it returns.
"""

import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from stream.infer import HopScores, Infer
from stream.pipeline import Pipeline
from stream.records import Chunk, Gap, Hop, PassedOver


def _see_all(_hop: Hop) -> PassedOver:
    return ""


@dataclass(frozen=True, slots=True)
class Due:
    """A hop or gap that waits for its turn: whether the network must see it, when it was conditioned and framed (s).

    `passed_over` says why the network does not see a hop that it should see.
    """

    item: Hop | Gap
    needs_inference: bool
    conditioned_s: float
    framed_s: float
    passed_over: PassedOver = ""


@dataclass(frozen=True, slots=True)
class Scored:
    """A hop or gap that is ready to be merged. `scores` are empty where the network did not see it."""

    due: Due
    scores: HopScores
    inferred_s: float


class Analysis:
    """One recording of one bed on its way through the stages.

    Parameters
    ----------
    memory_s
        how far before the pipeline's cursor hops are scored again, so that the event former, and what the network
        carries of the bed, stand as they stood
    clock
        seconds, for the times between stages
    """

    def __init__(
        self, pipeline: Pipeline, infer: Infer, *, memory_s: float = 0.0, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.pipeline = pipeline
        self.infer = infer
        # Fixed here: until the warm-up has reached the cursor, the cursor does not move.
        self._infer_from = pipeline.cursor - memory_s * pipeline.timebase.rate_hz
        self._clock = clock
        self._waiting: deque[Due] = deque()

    @property
    def is_waiting(self) -> bool:
        """True while something is due."""
        return bool(self._waiting)

    def push(self, record: Chunk | Gap) -> None:
        """Condition and frame one record; what it makes due waits for the bed's turn."""
        # Timed here, where the stages meet, so that no stage needs a clock.
        conditioned = self.pipeline.condition(record)
        conditioned_s = self._clock()
        framed = self.pipeline.frame(conditioned)
        framed_s = self._clock()
        self._waiting.extend(Due(item, self._needs_inference(item), conditioned_s, framed_s) for item in framed)

    def take_turn(self, pass_over: Callable[[Hop], PassedOver] = _see_all) -> list[Due]:
        """Return what is due up to and with the next hop that the network must see; one at most, so beds alternate.

        `pass_over` says of each hop whether the network passes it over, and why.
        """
        turn: list[Due] = []
        while self._waiting:
            due = self._waiting.popleft()
            why: PassedOver = pass_over(due.item) if due.needs_inference and isinstance(due.item, Hop) else ""
            turn.append(replace(due, needs_inference=False, passed_over=why) if why else due)
            if turn[-1].needs_inference:
                break
        return turn

    def _needs_inference(self, item: Hop | Gap) -> bool:
        """Report whether the network must see it: a hop that is new, or that the warm-up scores again."""
        return isinstance(item, Hop) and self.pipeline.timebase.taken(item.end) > self._infer_from


def infer_turns(
    infer: Infer, turns: Sequence[Sequence[Due]], clock: Callable[[], float] = time.monotonic
) -> list[list[Scored]]:
    """Score the turns of all beds that share a network, in one batch; what need not be inferred passes through."""
    # In the order of the turns, in which the scores are handed back below.
    hops = [due.item for turn in turns for due in turn if due.needs_inference and isinstance(due.item, Hop)]
    scores = iter(infer.infer(hops))
    # One time for all: no bed of the batch has its scores before the others.
    inferred_s = clock()
    unseen = HopScores()
    return [
        [Scored(due, next(scores) if due.needs_inference else unseen, inferred_s) for due in turn] for turn in turns
    ]


def analyse(analysis: Analysis, records: Iterable[Chunk | Gap]) -> Iterator[Scored]:
    """Lead one recording by itself through condition, frame and infer; the caller merges what is scored.

    One hop a batch, as a live bed has it: the rounding of a network depends on the size of its batch.
    """
    for record in records:
        analysis.push(record)
        while turn := analysis.take_turn():
            [scored] = infer_turns(analysis.infer, [turn])
            yield from scored
