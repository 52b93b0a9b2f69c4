"""Latent sampling: negatives that differ in what the network makes of them, one from each cluster of its features.

Source: qtwang/iEDeaL `util/sample.py` (in the code only, not in the paper): agglomerative clustering, complete
linkage, Euclidean, of the pooled features of all training negatives into as many clusters as negatives are wanted;
the first epoch draws at random. Differs from that code: the number of clusters follows the curriculum; the caller
computes features without gradients.

Checked against: clusters merged one by one (tests/models/training/sampling/test_latent.py).
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.cluster.hierarchy import linkage
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from models.errors import ModelsError
from models.training.sampling.random import Indices, RandomSampler, check_count, one_of_each

MEMORY_BYTES: Final = 4 << 30  # a choice of ours: enough for 23,000 windows
# Every pair's distance in float64, which the linkage copies (measured at 6,000 windows of 256 features: 16.7).
BYTES_PER_PAIR: Final = 16


@dataclass(frozen=True, slots=True)
class LatentSampler:
    """Draws one negative of each cluster; at epoch 0, when features mean nothing yet, at random.

    `features()` returns the pooled features (negatives, width) of the network with its present weights.
    """

    negatives: int
    seed: int
    features: Callable[[], NDArray[np.floating]]
    memory_bytes: int = MEMORY_BYTES

    def __post_init__(self) -> None:
        # Refused before training: after an hour of it, memory that runs out would kill the process without a word.
        needed, most = pair_bytes(self.negatives), most_windows(self.memory_bytes)
        if needed > self.memory_bytes:
            raise ModelsError(
                f"latent sampling of {self.negatives} negatives needs {needed / 2**30:.1f} GiB for their distances; "
                f"{self.memory_bytes / 2**30:.1f} GiB hold {most}: "
                "raise memory_bytes, give it fewer, or sample by shape (seasam) or at random"
            )

    def draw(self, epoch: int, count: int) -> Indices:
        """Return `count` different indices (count,) of range(negatives)."""
        check_count(count, self.negatives)
        if epoch == 0:
            return RandomSampler(self.negatives, self.seed).draw(0, count)
        features = self.features()
        if len(features) != self.negatives:
            raise ModelsError(f"features of {len(features)} windows came for {self.negatives} negatives: give all")
        if not np.isfinite(features).all():
            raise ModelsError("features are not finite: the network has diverged; lower the learning rate")
        return one_of_each(clusters(features, count), self.seed, epoch)


def pair_bytes(count: int) -> int:
    """Return 16 n (n - 1) / 2, the bytes that the distances of n = `count` windows take."""
    return BYTES_PER_PAIR * count * (count - 1) // 2


def most_windows(memory_bytes: int) -> int:
    """Return the largest n with 16 n (n - 1) / 2 <= `memory_bytes`, as the root of that quadratic in whole numbers."""
    return (1 + math.isqrt(1 + 8 * memory_bytes // BYTES_PER_PAIR)) // 2


def clusters(features: NDArray[np.floating], count: int) -> NDArray[np.int32]:
    """Return labels 0 .. count - 1 (n,) of features (n, width): complete linkage, cut at exactly `count` clusters.

    n windows are joined n - `count` times, the nearest two clusters first: components of the graph of those merges.
    """
    n = len(features)
    # Cut by the number of merges, not at a distance: where distances tie, a distance would give fewer clusters.
    merges = linkage(features, "complete")[: n - count, :2].astype(np.int64) if n > 1 else np.empty((0, 2), np.int64)
    # Merge i makes node n + i out of two nodes: an edge from each of them to it.
    parents = np.repeat(np.arange(n, n + len(merges)), 2)
    nodes = n + len(merges)
    joined = coo_array((np.ones(len(parents), np.int8), (merges.ravel(), parents)), shape=(nodes, nodes))
    labels: NDArray[np.int32] = connected_components(joined, directed=False)[1]
    return labels[:n]
