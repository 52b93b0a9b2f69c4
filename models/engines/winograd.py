"""Winograd's short convolutions: fewer products for a kernel's taps, paid with additions, equal but for rounding.

`tile` neighbouring outputs of a kernel of `taps` need `tile * taps` products directly and `tile + taps - 1` this way:
half as many for four outputs of three taps. A dilated convolution is the same, its neighbours a dilation apart.

Source: Lavin and Gray, Fast algorithms for convolutional neural networks (2016), after Winograd and Toom-Cook;
transforms as products of Vandermonde matrices, so that any tile follows from its points.
"""

from functools import cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from models.networks.sc import KERNEL

# Outputs at once. Six would need a tenth fewer products still, for more additions and a third more weights.
TILES = (4, 3, 2)
# Where polynomials are evaluated, besides infinity.
POINTS = (0, 1, -1, 2, -2)

Matrix = NDArray[np.float64]


class Transforms(NamedTuple):
    """Outputs (tile,) of inputs (products,) and taps (KERNEL,): `after @ ((before @ inputs) * (taps_to @ taps))`.

    `before` (products, products), `taps_to` (products, KERNEL), `after` (tile, products); products = tile + KERNEL - 1.
    """

    before: Matrix
    taps_to: Matrix
    after: Matrix


@cache
def transforms(tile: int) -> Transforms:
    """Return the matrices for a tile; `before` and `after` hold integers, which cost least."""
    products = tile + KERNEL - 1
    points = POINTS[: products - 1]
    # Dividing the taps instead of the inputs keeps fractions out of what runs at every window.
    scale = np.array([*(np.prod([p - q for q in points if q != p]) for p in points), 1.0])[:, None]
    before = np.linalg.inv(_evaluation(points, products)).T * scale
    return Transforms(np.round(before) + 0.0, _evaluation(points, KERNEL) / scale, _evaluation(points, tile).T)


def tile_for(samples: int, dilation: int) -> int:
    """Return the tile with the fewest products for so many outputs, those of a last tile's padding counted in."""
    return min(TILES, key=lambda tile: (tile + KERNEL - 1) * tiles(samples, dilation, tile) * dilation)


def tiles(samples: int, dilation: int, tile: int) -> int:
    """Return how many runs of `tile * dilation` samples cover so many."""
    return -(-samples // (tile * dilation))


def _evaluation(points: tuple[int, ...], terms: int) -> Matrix:
    """Powers of each point, and of infinity, where only the last term counts: (points + 1, terms)."""
    infinity = np.eye(terms)[-1:]
    return np.concatenate([np.vander(points, terms, increasing=True), infinity]).astype(np.float64)
