"""What was recorded without a break: its place in the recording, and where its samples are in the file."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from models.readers.contract import Piece


@dataclass(frozen=True, slots=True)
class Stretch:
    """What was recorded without a break: its first sample in the recording and in the file, and how many follow."""

    first: int
    stored: int
    count: int


def gaps(stretches: Sequence[Stretch]) -> tuple[tuple[int, int], ...]:
    """Return what lies between the stretches: (first sample, one past the last)."""
    return tuple((one.first + one.count, after.first) for one, after in pairwise(stretches))


def shift(stretches: Sequence[Stretch], stored: float) -> int:
    """Return by how many samples a place in the file, counted in its samples, comes later in the recording."""
    # Half a sample of allowance: seconds times a rate may be a hair below the first sample of a stretch.
    before = [one for one in stretches if one.stored <= stored + 0.5]
    return before[-1].first - before[-1].stored if before else 0


def pieces(
    samples: Callable[[int, int], NDArray[np.float32]], stretches: Sequence[Stretch], most: int
) -> Callable[[int], Iterator[Piece]]:
    """Return what yields pieces of at most so many samples, none of which reaches over a break.

    `samples` returns the file's samples [begin, end) as (channels, n).
    """

    def found(first: int) -> Iterator[Piece]:
        for one in stretches:
            for at in range(max(one.first, first), one.first + one.count, most):
                stored = one.stored + at - one.first
                yield at, samples(stored, min(stored + most, one.stored + one.count))

    return found
