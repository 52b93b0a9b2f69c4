"""SpectralStager: sleep stages of a live signal, causal, one result every 5 s.

A plain spectral model and marked as such; no patient's night trained it. The zoo's CARD.md has its figures.
"""

from dataclasses import dataclass
from typing import cast

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from models.errors import ModelError
from models.networks.spectral import (
    EPOCH_SEGMENTS,
    RATE_HZ,
    SEGMENT_SAMPLES,
    STEP_SAMPLES,
    SpectralClassifier,
    band_powers,
    epoch_features,
)
from models.sleep_stages import STAGES
from models.zoo.store import LoadedModel

RESULT_S = 5
RESULT_SAMPLES = RESULT_S * RATE_HZ
MIN_VALID_SEGMENTS = 20  # of the 29 in an epoch; with fewer the stage is unknown. A choice of ours
# In the signal's unit: below it a segment is flat and has no spectrum. EEG in volts lies a thousand times above it.
MIN_STD = 1e-9


@dataclass(frozen=True, slots=True)
class StageResult:
    """The stage of the 30 s that end at sample `end` (counted from the first sample pushed, at RATE_HZ)."""

    end: int
    stage: str
    probabilities: dict[str, float]
    ready: bool
    lookahead_s: float = 0.0


class SpectralStager:
    """Stages conditioned derivations that come in chunks of any size; results do not depend on the cutting.

    Parameters
    ----------
    loaded
        A model with architecture "spectral".

    Raises
    ------
    ModelError
        if the model is no sleep stager
    """

    def __init__(self, loaded: LoadedModel) -> None:
        if loaded.manifest.task != "sleep":
            raise ModelError(f"model {loaded.manifest.name} does {loaded.manifest.task}, not sleep staging")
        # Of that task there is one kind of network, and a manifest's task is that of its network.
        self._network = cast("SpectralClassifier", loaded.network)
        self._pending = np.empty((0, 0), np.float32)
        self._shares: list[Tensor] = []
        self._segments = 0
        self._belief = self._network.prior.clone()

    def reset(self) -> None:
        """Forget the epoch under way and the belief, as after a gap; the count of samples continues."""
        # NaN rather than nothing: the samples of an unfinished segment still count, so that `end` stays right.
        self._pending = np.full_like(self._pending, np.nan)
        self._shares.clear()
        self._belief = self._network.prior.clone()

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
            self._take_segment()
            # Segments overlap by half, so the newest one ends a segment after its own start.
            end = (self._segments - 1) * STEP_SAMPLES + SEGMENT_SAMPLES
            if end % RESULT_SAMPLES == 0:
                results.append(self._result(end))
        return results

    @torch.inference_mode()
    def _take_segment(self) -> None:
        segment = self._pending[:, :SEGMENT_SAMPLES].copy()
        flat = torch.from_numpy(segment.std(axis=1, keepdims=True) < MIN_STD)
        shares = band_powers(torch.from_numpy(segment)).masked_fill(flat, torch.nan)
        self._shares = [*self._shares, shares][-EPOCH_SEGMENTS:]
        self._segments += 1
        self._pending = self._pending[:, STEP_SAMPLES:]

    @torch.inference_mode()
    def _result(self, end: int) -> StageResult:
        shares = torch.stack(self._shares)
        usable = shares.isfinite().flatten(1).any(dim=1)
        ready = len(shares) == EPOCH_SEGMENTS and int(usable.sum()) >= MIN_VALID_SEGMENTS
        if ready:
            # Segments without any usable row are left out; the features themselves pass over single rows.
            self._belief = self._network.filter(self._belief, epoch_features(shares[usable]))
        probabilities = dict(zip(STAGES, self._belief.tolist(), strict=True))
        stage = max(STAGES, key=probabilities.__getitem__) if ready else "unknown"
        return StageResult(end, stage, probabilities, ready)
