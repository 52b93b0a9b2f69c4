"""Sleep states of one bed: hops into the stager on the absolute 5-s grid, and which of its results are published."""

from typing import Protocol

import numpy as np

from models.sleep.stager import RESULT_SAMPLES, Stager, StageResult
from models.sleep_stages import STAGES
from stream.records import Hop, SleepState, Stage
from stream.timebase import Timebase

PUBLISH_EVERY_S = 30
"""A stage that does not change is published once an epoch."""
KNOWN: dict[str, Stage] = {stage: stage for stage in STAGES}


class Staging(Protocol):
    """What makes sleep states of hops."""

    @property
    def stage(self) -> Stage:
        """The stage at present."""
        ...

    @property
    def confidence(self) -> float:
        """The probability of that stage; 0 while none is known."""
        ...

    def push(self, hop: Hop) -> tuple[SleepState, ...]:
        """Return the states to publish that the next hop's derivations bring."""
        ...


class NoStaging:
    """Sleep is switched off, or cannot be staged from this montage."""

    stage: Stage = "unknown"
    confidence = 0.0

    def push(self, hop: Hop) -> tuple[SleepState, ...]:  # noqa: ARG002  (the protocol's)
        """Return no state."""
        return ()


class SpectralStaging:
    """Keeps the stager's grid on multiples of 5 s of the recording, so that a restart goes on with the same epochs."""

    def __init__(self, bed: str, stager: Stager, timebase: Timebase) -> None:
        self.bed = bed
        self._stager = stager
        self._timebase = timebase
        self._next = 0
        self._published: Stage | None = None
        self.stage: Stage = "unknown"
        self.confidence = 0.0

    def push(self, hop: Hop) -> tuple[SleepState, ...]:
        """Return the states to publish that the next hop's derivations (rows, hop_samples) bring.

        A hole before the hop breaks the epoch under way.
        """
        self._skip_to(hop.end - hop.samples.shape[1], rows=len(hop.samples))
        results = self._stager.push(hop.samples, hop.usable[:, None])
        self._next = hop.end
        return tuple(self._state(hop.end, result) for result in results if self._is_to_publish(hop.end, result))

    def _skip_to(self, first: int, rows: int) -> None:
        if first == self._next:
            return
        # The epoch must not join samples from both sides of the hole; nor does a stage from before it still hold.
        self._stager.reset()
        self.stage, self.confidence = "unknown", 0.0
        # The stager counts samples: invalid ones for what is missing keep its grid on multiples of 5 s. A whole number
        # of steps would not move the grid, so only the rest is pushed, however long the hole.
        hole = (first - self._next) % RESULT_SAMPLES
        self._stager.push(np.zeros((rows, hole), np.float32), np.zeros((rows, hole), np.bool_))

    def _is_to_publish(self, end: int, result: StageResult) -> bool:
        self.stage = KNOWN.get(result.stage, "unknown")
        self.confidence = result.probabilities.get(self.stage, 0.0)
        # The first stage is a change too: a subscriber knows none yet. So is one of which a hole took the knowledge.
        changed = self.stage != self._published
        self._published = self.stage
        # By absolute index, so that a restart publishes the same epochs.
        return changed or end % round(PUBLISH_EVERY_S * self._timebase.model_rate_hz) == 0

    def _state(self, end: int, result: StageResult) -> SleepState:
        stage = KNOWN.get(result.stage, "unknown")
        epoch_end = self._timebase.taken(end)
        return SleepState(self.bed, stage, result.probabilities, epoch_end, result.lookahead_s, result.ready)
