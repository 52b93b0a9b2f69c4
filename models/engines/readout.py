"""From what a network finds on its device to answers in numpy.

There are two kinds. A network that pools features and ends in one linear unit leaves the unit to numpy: every window
is then summed on its own, so its bits do not depend on what came with it. Any other gives logits and peaks.
"""

from typing import Protocol, cast

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit
from torch import Tensor

from models.engines.engine import Answers, Floats
from models.networks.contract import LocatingNetwork, NetworkRecord, PooledNetwork
from models.networks.sc import EVIDENCE_HALF_WIDTH, SPANS, pool_spans


class Readout(Protocol):
    """What an engine computes of windows on its device, and what becomes of it here."""

    @property
    def found(self) -> tuple[int, ...]:
        """Shape of both things that are computed of one window."""
        ...

    def compute(self, network: LocatingNetwork, windows: Tensor) -> tuple[Tensor, Tensor]:
        """Compute two tensors (n, *found) of windows (n, channels, context + window samples); on the device."""
        ...

    def answers(self, values: Floats, places: NDArray[np.int32]) -> Answers:
        """Turn both, as arrays, into probabilities and peaks."""
        ...


class PooledReadout:
    """A network's last unit, and where the votes for it are densest."""

    def __init__(self, network: PooledNetwork) -> None:
        # Weights are read from the original network: the copy on a GPU or in bf16 is less exact.
        self._weight: Floats = network.head.weight[0].detach().cpu().numpy().astype(np.float32)
        self._bias = np.float32(network.head.bias.item())
        self._gain = np.float32(network.gain)
        self._window_samples = network.window_samples
        steps = np.arange(-EVIDENCE_HALF_WIDTH, EVIDENCE_HALF_WIDTH + 1)
        self._triangle = 1 - np.abs(steps) / (EVIDENCE_HALF_WIDTH + 1)
        self.found = (SPANS, network.head.in_features)

    def compute(self, network: LocatingNetwork, windows: Tensor) -> tuple[Tensor, Tensor]:
        """Pool features; see Readout."""
        return pool_spans(cast("PooledNetwork", network).features(windows))

    def answers(self, pooled: Floats, where: NDArray[np.int32]) -> Answers:
        """Turn features' maxima and their places, (n, SPANS, width) both, into probabilities and peaks."""
        if len(pooled) == 0:
            return np.empty((0, SPANS), np.float32), np.empty((0, SPANS), np.int64)
        # The votes are the terms of the logit, so both come of one product.
        parts = (pooled * self._weight).reshape(len(pooled) * SPANS, -1)
        logits = parts.sum(axis=1) * self._gain + self._bias
        peaks = self._vote_peak(np.maximum(parts, 0), where.reshape(parts.shape))
        return expit(logits).reshape(-1, SPANS), peaks.reshape(-1, SPANS)

    def _vote_peak(self, votes: Floats, where: NDArray[np.int32]) -> NDArray[np.int64]:
        """`models.networks.sc.vote_peak`, all windows laid end to end with room between them."""
        # With room for the triangle between windows, one convolution serves all and none sees its neighbour.
        n, room = len(votes), self._window_samples + 2 * EVIDENCE_HALF_WIDTH
        starts = np.arange(n, dtype=np.int64)[:, None] * room + EVIDENCE_HALF_WIDTH
        density = np.bincount((where + starts).ravel(), votes.ravel(), n * room)
        smooth = np.convolve(density, self._triangle, "same").reshape(n, room)
        peaks: NDArray[np.int64] = smooth[:, EVIDENCE_HALF_WIDTH:-EVIDENCE_HALF_WIDTH].argmax(axis=1)
        return peaks


class LocatedReadout:
    """Logits and peaks as the network itself gives them."""

    def __init__(self, network: LocatingNetwork) -> None:
        self.found = (network.spans,)

    def compute(self, network: LocatingNetwork, windows: Tensor) -> tuple[Tensor, Tensor]:
        """Score and locate; see Readout."""
        return network.evidence(windows)

    def answers(self, logits: Floats, peaks: NDArray[np.int32]) -> Answers:
        """Turn logits and peaks, (n, spans) both, into probabilities and peaks."""
        # A window counts for nothing if the answer of one of its spans is not finite.
        finite = np.isfinite(logits).all(axis=1, keepdims=True)
        probabilities = np.asarray(expit(np.where(finite, logits, np.float32(np.nan))), np.float32)
        return probabilities, peaks.astype(np.int64)


def readout_of(network: LocatingNetwork, record: NetworkRecord) -> Readout:
    """Return how a network's answers are read out."""
    if "pooled" in record.capabilities:
        return PooledReadout(cast("PooledNetwork", network))
    return LocatedReadout(network)
