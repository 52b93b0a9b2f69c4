"""Which windows an epoch trains on: the recipe's sampler of negatives, wired to windows on disk and to the network."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from models.datasets.windowset import Floats, Indices, Reader
from models.training.curricula import PreBCE
from models.training.data import TrainingData
from models.training.recipe import Recipe
from models.training.sampling.latent import LatentSampler
from models.training.sampling.random import NegativeSampler, RandomSampler, epoch_indices
from models.training.sampling.seasam import SeasamSampler, clear, shape_order
from models.training.schedule import PlannedEpoch

BLOCK_BYTES: Final = 8 << 20
"""Windows that SEAsam reads at a time, in bytes: a choice of ours, small beside the keys."""

Features = Callable[[Indices], NDArray[np.float32]]
"""Returns pooled features (n, width) of windows by their numbers, from the network with its present weights."""


def sampler(recipe: Recipe, data: TrainingData, features: Features, scratch: Path) -> NegativeSampler:
    """Return the sampler of the main phase; it draws from range(negatives).

    Both kinds of SEAsam read every negative once, in blocks, and keep their keys in `scratch` while they sort them.
    """
    count = len(data.negatives)
    if recipe.sampler == "random":
        return RandomSampler(count, recipe.seed, recipe.sampling_period)
    if recipe.sampler == "latent":
        return LatentSampler(count, recipe.seed, lambda: features(data.negatives))
    # The run's folder is locked: keys there can only be those of a process that was killed.
    clear(scratch)
    order = shape_order(_blocks(data), scratch=scratch)
    return SeasamSampler(order, "reference" if recipe.sampler == "seasam_reference" else "even")


def negatives(planned: PlannedEpoch, recipe: Recipe, data: TrainingData, drawing: NegativeSampler) -> Indices:
    """Return the numbers of an epoch's negatives (planned.negatives,)."""
    # The warm-up keeps its one draw whatever the sampler: features of an untrained network mean nothing.
    if planned.phase == "pre_bce":
        return data.negatives[PreBCE(data.counts, recipe.seed).negatives()]
    return data.negatives[drawing.draw(planned.epoch, planned.negatives)]


def order(data: TrainingData, drawn: Indices, recipe: Recipe, number: int) -> Indices:
    """Return all positives and the drawn negatives in the random order of epoch `number`, PreBCE's counted too."""
    return epoch_indices(data.positives, drawn, recipe.seed, number)


def _blocks(data: TrainingData) -> Iterator[Floats]:
    header = data.train.windowset.header
    # 4 bytes a sample; at least one window, however long it is.
    each = max(1, BLOCK_BYTES // (4 * header.channels * header.window_samples))
    reader = Reader(data.train.windowset)
    try:
        for start in range(0, len(data.negatives), each):
            yield reader.take(data.negatives[start : start + each])
    finally:
        reader.close()
