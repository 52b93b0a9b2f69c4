"""Random sampling: an epoch sees all positives and a fresh random subset of the negatives.

Source: iEDeaL, section 4.3 (random subset every epoch); qtwang/iEDeaL `util/train.py`. A draw is a function of the seed
and the epoch alone, so that a run which resumes needs no more state than those two.

Checked against: frequencies over thousands of draws (tests/models/training/sampling/test_random.py).
"""

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from models.errors import ModelsError

Indices = NDArray[np.int64]
# Streams of random numbers that one seed gives: the subset must not decide the order in which it is seen.
_SUBSET, _ORDER, _MEMBER = 1, 2, 3


class NegativeSampler(Protocol):
    """Chooses negatives for an epoch."""

    def draw(self, epoch: int, count: int) -> Indices:
        """Return `count` different indices (count,) of range(negatives)."""
        ...


@dataclass(frozen=True, slots=True)
class RandomSampler:
    """The first n of a random permutation of all negatives, a fresh one every `period` epochs.

    Source: iEDeaL, section 4.3 (`period` 1); qtwang/iEDeaL `util/train.py` (`sampling_period`). Differs from the
    official code: where a curriculum asks for more within a period, the subset grows; there the count waits as well.
    """

    negatives: int
    seed: int
    period: int = 1

    def __post_init__(self) -> None:
        if self.period < 1:
            raise ModelsError(f"a fresh subset every {self.period} epochs: the period must be at least 1")

    def draw(self, epoch: int, count: int) -> Indices:
        """Return `count` different indices (count,) of range(negatives), in random order."""
        check_count(count, self.negatives)
        rng = np.random.default_rng([self.seed, _SUBSET, epoch // self.period])
        # A prefix of one permutation, not a draw of `count`: so a larger count within the period keeps what was drawn.
        return rng.permutation(self.negatives)[:count]


def one_of_each(labels: NDArray[np.integer], seed: int, epoch: int) -> Indices:
    """Return the index of one random member of every label (labels,), by ascending label."""
    # `unique` finds each label's first member; after a shuffle the first one is a random one.
    shuffled = np.random.default_rng([seed, _MEMBER, epoch]).permutation(len(labels))
    first: Indices = np.unique(labels[shuffled], return_index=True)[1]
    return shuffled[first]


def epoch_indices(positives: Indices, negatives: Indices, seed: int, epoch: int) -> Indices:
    """Return all positives and the drawn negatives, indices into one data set, in an epoch's random order."""
    order: Indices = np.random.default_rng([seed, _ORDER, epoch]).permutation(np.concatenate([positives, negatives]))
    return order


def check_count(count: int, available: int) -> None:
    """Raise ModelsError unless 1 <= count <= available."""
    if not 1 <= count <= available:
        raise ModelsError(f"cannot draw {count} of {available} negatives: ask for 1 to {available}")
