"""From pooled features to answers in numpy: the networks' heads, and where the evidence was."""

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from models.engines.engine import Answers, Floats
from models.networks.sc import EVIDENCE_HALF_WIDTH, SC, SPANS
from models.networks.sc_stream import StreamSC


class Readout:
    """A network's last unit. Every window is summed on its own: its bits do not depend on what came with it."""

    def __init__(self, network: SC | StreamSC) -> None:
        self._weight: Floats = network.head.weight[0].detach().cpu().numpy().astype(np.float32)
        self._bias = np.float32(network.head.bias.item())
        # The official variant's quirk: see models.networks.sc.
        official = isinstance(network, SC) and network.variant == "official"
        self._gain = np.float32(network.dropout.p if official else 1)
        self._window_samples = network.window_samples
        steps = np.arange(-EVIDENCE_HALF_WIDTH, EVIDENCE_HALF_WIDTH + 1)
        self._triangle = 1 - np.abs(steps) / (EVIDENCE_HALF_WIDTH + 1)

    def answers(self, pooled: Floats, where: NDArray[np.int32]) -> Answers:
        """Turn features' maxima and their places, (n, SPANS, width) both, into probabilities and peaks."""
        if len(pooled) == 0:
            return np.empty((0, SPANS), np.float32), np.empty((0, SPANS), np.int64)
        parts = (pooled * self._weight).reshape(len(pooled) * SPANS, -1)
        logits = parts.sum(axis=1) * self._gain + self._bias
        peaks = self._vote_peak(np.maximum(parts, 0), where.reshape(parts.shape))
        return expit(logits).reshape(-1, SPANS), peaks.reshape(-1, SPANS)

    def _vote_peak(self, votes: Floats, where: NDArray[np.int32]) -> NDArray[np.int64]:
        """`models.networks.sc.vote_peak`, all windows laid end to end with room between them."""
        n, room = len(votes), self._window_samples + 2 * EVIDENCE_HALF_WIDTH
        starts = np.arange(n, dtype=np.int64)[:, None] * room + EVIDENCE_HALF_WIDTH
        density = np.bincount((where + starts).ravel(), votes.ravel(), n * room)
        smooth = np.convolve(density, self._triangle, "same").reshape(n, room)
        peaks: NDArray[np.int64] = smooth[:, EVIDENCE_HALF_WIDTH:-EVIDENCE_HALF_WIDTH].argmax(axis=1)
        return peaks
