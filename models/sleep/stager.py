"""Stager: sleep stages of a live signal, causal, one result every 5 s, by any sleep network of the registry."""

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from models.errors import ModelError
from models.networks.spectral import RATE_HZ, SEGMENT_SAMPLES, STEP_SAMPLES
from models.sleep.readers import open_reader
from models.sleep_stages import STAGES
from models.zoo.store import LoadedModel

RESULT_S = 5
RESULT_SAMPLES = RESULT_S * RATE_HZ


@dataclass(frozen=True, slots=True)
class StageResult:
    """The stage of the 30 s that end at sample `end` (counted from the first sample pushed, at RATE_HZ)."""

    end: int
    stage: str
    probabilities: dict[str, float]
    ready: bool
    lookahead_s: float = 0.0


class Stager:
    """Stages conditioned derivations that come in chunks of any size; results do not depend on the cutting.

    Parameters
    ----------
    loaded
        A sleep model.
    microvolts
        Whether samples are in microvolts on the scalp, so that amplitudes mean anything.

    Raises
    ------
    ModelError
        if the model is no sleep stager
    """

    def __init__(self, loaded: LoadedModel, *, microvolts: bool = True) -> None:
        if loaded.manifest.task != "sleep":
            raise ModelError(f"model {loaded.manifest.name} does {loaded.manifest.task}, not sleep staging")
        self._reader = open_reader(loaded, microvolts=microvolts)
        self._pending = np.empty((0, 0), np.float32)
        self._segments = 0

    def reset(self) -> None:
        """Forget the epoch under way and the belief, as after a gap; the count of samples continues."""
        # NaN rather than nothing: the samples of an unfinished segment still count, so that `end` stays right.
        self._pending = np.full_like(self._pending, np.nan)
        self._reader.forget()

    @torch.inference_mode()
    def push(self, samples: NDArray[np.float32], valid: NDArray[np.bool_]) -> list[StageResult]:
        """Process the next samples and return the results that they complete.

        Parameters
        ----------
        samples
            (rows, n) at RATE_HZ, any unit; not modified.
        valid
            (rows, n), or (rows, 1) for all alike: False where a sample may not be used.
        """
        chunk = np.where(valid, samples, np.float32(np.nan))
        # The number of rows is known from the first chunk on.
        before = self._pending if self._pending.shape[0] else np.empty((len(chunk), 0), np.float32)
        self._pending = np.concatenate([before, chunk], axis=1)
        results: list[StageResult] = []
        while self._pending.shape[1] >= SEGMENT_SAMPLES:
            self._reader.take(self._pending[:, :SEGMENT_SAMPLES].copy())
            self._segments += 1
            self._pending = self._pending[:, STEP_SAMPLES:]
            # Segments overlap by half, so the newest one ends a segment after its own start.
            end = (self._segments - 1) * STEP_SAMPLES + SEGMENT_SAMPLES
            if end % RESULT_SAMPLES == 0:
                results.append(self._result(end))
        return results

    def _result(self, end: int) -> StageResult:
        belief, ready = self._reader.conclude()
        probabilities: dict[str, float] = dict(zip(STAGES, belief, strict=True))
        stage = max(probabilities, key=probabilities.__getitem__) if ready else "unknown"
        return StageResult(end, stage, probabilities, ready)
