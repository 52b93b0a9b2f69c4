"""Sleep states of one bed: hops into the stager on the absolute 5-s grid, and what of its answers is worth telling."""

from typing import Protocol

import numpy as np

from models.sleep.stager import RESULT_SAMPLES, SpectralStager, StageResult
from models.sleep_stages import STAGES
from stream.records import Hop, SleepState, Stage
from stream.timebase import Timebase

TELL_EVERY_S = 30
"""A stage that does not change is told once an epoch."""
KNOWN: dict[str, Stage] = {stage: stage for stage in STAGES}


class Staging(Protocol):
    """What makes sleep states of hops."""

    @property
    def stage(self) -> Stage:
        """The stage at present."""
        ...

    def push(self, hop: Hop) -> tuple[SleepState, ...]:
        """Take the next hop's derivations; give the states worth telling."""
        ...


class NoStaging:
    """Sleep is switched off, or cannot be told from this montage."""

    stage: Stage = "unknown"

    def push(self, hop: Hop) -> tuple[SleepState, ...]:  # noqa: ARG002  (the protocol's)
        """Give nothing."""
        return ()


class SpectralStaging:
    """Keeps the stager's grid on multiples of 5 s of the recording, so that a restart goes on with the same epochs."""

    def __init__(self, bed: str, stager: SpectralStager, timebase: Timebase) -> None:
        self.bed = bed
        self._stager = stager
        self._timebase = timebase
        self._next = 0
        self._told = False
        self.stage: Stage = "unknown"

    def push(self, hop: Hop) -> tuple[SleepState, ...]:
        """Take the next hop's derivations (rows, hop_samples); a hole before them breaks the epoch under way."""
        self._skip_to(hop.end - hop.samples.shape[1], rows=len(hop.samples))
        results = self._stager.push(hop.samples, hop.usable[:, None])
        self._next = hop.end
        return tuple(self._state(hop.end, result) for result in results if self._worth_telling(hop.end, result))

    def _skip_to(self, first: int, rows: int) -> None:
        if first == self._next:
            return
        self._stager.reset()
        hole = (first - self._next) % RESULT_SAMPLES
        self._stager.push(np.zeros((rows, hole), np.float32), np.zeros((rows, hole), np.bool_))

    def _worth_telling(self, end: int, result: StageResult) -> bool:
        stage = KNOWN.get(result.stage, "unknown")
        changed = stage != self.stage or not self._told
        self.stage, self._told = stage, True
        return changed or end % round(TELL_EVERY_S * self._timebase.model_rate_hz) == 0

    def _state(self, end: int, result: StageResult) -> SleepState:
        stage = KNOWN.get(result.stage, "unknown")
        epoch_end = self._timebase.taken(end)
        return SleepState(self.bed, stage, result.probabilities, epoch_end, result.lookahead_s, result.ready)
