"""Sleep states of one bed: a result each 5 s of the absolute grid, and which of the results are published.

Results are a stager's, which looks at the signal, or those of a detector that scores sleep as well.
"""

from collections import deque
from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from models.sleep.stager import RESULT_S, RESULT_SAMPLES, Stager, StageResult
from models.sleep_stages import STAGES
from stream.records import Hop, Score, SleepState
from stream.terms import Stage
from stream.timebase import Timebase

PUBLISH_EVERY_S = 30
"""A stage that does not change is published once an epoch."""
EPOCH_S = 30
LEAST_SHARE = 2 / 3
"""Of an epoch's hops, so many must be scored: as many as a stager wants of its segments."""
KNOWN: dict[str, Stage] = {stage: stage for stage in STAGES}


class Staging(Protocol):
    """What makes sleep states of hops and of what the detector answered."""

    @property
    def stage(self) -> Stage:
        """The stage at present."""
        ...

    @property
    def confidence(self) -> float:
        """The probability of that stage; 0 while none is known."""
        ...

    def push(self, hop: Hop, scores: Sequence[Score]) -> tuple[SleepState, ...]:
        """Return the states to publish that the next hop brings, of its derivations or of its windows' scores."""
        ...

    def rest(self, hop: Hop) -> tuple[SleepState, ...]:
        """Return the states to publish at a hop that is not looked at: the stage is not known."""
        ...

    def forget_stage(self) -> None:
        """Know no stage until the next result."""
        ...


class NoStaging:
    """Sleep is switched off, or cannot be staged from this montage."""

    stage: Stage = "unknown"
    confidence = 0.0

    def push(self, hop: Hop, scores: Sequence[Score]) -> tuple[SleepState, ...]:  # noqa: ARG002  (the protocol's)
        """Return no state."""
        return ()

    def rest(self, hop: Hop) -> tuple[SleepState, ...]:  # noqa: ARG002  (the protocol's)
        """Return no state."""
        return ()

    def forget_stage(self) -> None:
        """None is known."""


class Publishing:
    """Holds the stage at present, and decides which results are published."""

    def __init__(self, bed: str, timebase: Timebase) -> None:
        self.bed = bed
        self._timebase = timebase
        self._next = 0
        self._published: Stage | None = None
        self.stage: Stage = "unknown"
        self.confidence = 0.0

    def rest(self, hop: Hop) -> tuple[SleepState, ...]:
        """Return that the stage is not known, on the grid of results."""
        # Nothing is counted: `push` sees by the end of the next hop that it stands behind a hole.
        if hop.end % round(RESULT_S * self._timebase.model_rate_hz):
            return ()
        return self._told(hop, hop.end, [StageResult(hop.end, "unknown", dict.fromkeys(STAGES, 0.2), ready=False)])

    def forget_stage(self) -> None:
        """Know no stage: behind a hole the last one no longer holds."""
        self.stage, self.confidence = "unknown", 0.0

    def _told(self, hop: Hop, end: int, results: Sequence[StageResult]) -> tuple[SleepState, ...]:
        # By absolute index, so that a restart publishes the same epochs.
        due = end % round(PUBLISH_EVERY_S * self._timebase.model_rate_hz) == 0
        told = []
        for result in results:
            self._take(result)
            # The first stage is a change too, since a subscriber knows none yet. So is a stage after a hole that made
            # the last one unknown.
            if due or self.stage != self._published:
                told.append(self._state(hop, end, result))
            self._published = self.stage
        return tuple(told)

    def _take(self, result: StageResult) -> None:
        self.stage = KNOWN.get(result.stage, "unknown")
        self.confidence = result.probabilities.get(self.stage, 0.0)

    def _state(self, hop: Hop, end: int, result: StageResult) -> SleepState:
        stage, epoch_end = self.stage, self._timebase.taken(end)
        # The hop's newest sample is the end of what the stager waited for.
        lsl_s = hop.lsl_s - result.lookahead_s
        return SleepState(self.bed, stage, result.probabilities, epoch_end, result.lookahead_s, result.ready, lsl_s)


class SignalStaging(Publishing):
    """Keeps the stager's grid on multiples of 5 s of the recording, so that a restart goes on with the same epochs."""

    def __init__(self, bed: str, stager: Stager, timebase: Timebase) -> None:
        super().__init__(bed, timebase)
        self._stager = stager

    def push(self, hop: Hop, scores: Sequence[Score]) -> tuple[SleepState, ...]:  # noqa: ARG002  (the protocol's)
        """Return the states to publish that the next hop's derivations (rows, hop_samples) bring.

        A hole before the hop breaks the epoch under way.
        """
        self._skip_to(hop.end - hop.samples.shape[1], rows=len(hop.samples))
        results = self._stager.push(hop.samples, hop.usable[:, None])
        self._next = hop.end
        return self._told(hop, hop.end, results)

    def _skip_to(self, first: int, rows: int) -> None:
        if first == self._next:
            return
        # An epoch must not join samples from both sides of the hole.
        self._stager.reset()
        self.forget_stage()
        # The stager counts samples: invalid ones for what is missing keep its grid on multiples of 5 s. A whole number
        # of steps would not move the grid, so only the rest is pushed, however long the hole.
        hole = (first - self._next) % RESULT_SAMPLES
        self._stager.push(np.zeros((rows, hole), np.float32), np.zeros((rows, hole), np.bool_))


class DetectorStaging(Publishing):
    """Takes the stages that a detector scores beside discharges: of 30 s, the mean over all windows that end in them.

    Nothing older is carried, so that a restart which scores 30 s again goes on with the same stages.
    """

    def __init__(self, bed: str, timebase: Timebase) -> None:
        super().__init__(bed, timebase)
        self._seen: deque[tuple[int, NDArray[np.float64]]] = deque()
        self._epoch = round(EPOCH_S * timebase.model_rate_hz)
        self._step = round(RESULT_S * timebase.model_rate_hz)

    def push(self, hop: Hop, scores: Sequence[Score]) -> tuple[SleepState, ...]:
        """Return the states to publish that the scores of the hop's windows bring; a hole breaks the epoch."""
        hop_samples = hop.samples.shape[1]
        if hop.end - hop_samples != self._next:
            self._seen.clear()
            self.forget_stage()
        self._next = hop.end
        told = [score.stages for score in scores if score.stages]
        if told:
            self._seen.append((hop.end, np.mean(told, axis=0)))
        while self._seen and self._seen[0][0] <= hop.end - self._epoch:
            self._seen.popleft()
        return self._told(hop, hop.end, [self._result(hop.end, hop_samples)] if hop.end % self._step == 0 else [])

    def _result(self, end: int, hop_samples: int) -> StageResult:
        ready = len(self._seen) >= LEAST_SHARE * self._epoch / hop_samples
        means = np.mean([stages for _, stages in self._seen], axis=0) if self._seen else np.full(len(STAGES), 0.2)
        probabilities: dict[str, float] = {stage: float(mean) for stage, mean in zip(STAGES, means, strict=True)}
        stage = max(probabilities, key=probabilities.__getitem__) if ready else "unknown"
        return StageResult(end, stage, probabilities, ready)
