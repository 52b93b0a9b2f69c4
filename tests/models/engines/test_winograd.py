"""Winograd's transforms give the convolution itself, with as few products as they claim."""

import numpy as np
import pytest

from models.engines.winograd import TILES, tile_for, tiles, transforms


@pytest.mark.parametrize("tile", TILES)
def test_transforms_convolve(tile: int) -> None:
    """One tile equals the plain sum over taps, to rounding, with tile + 2 products and whole numbers around them."""
    drawn = np.random.default_rng(tile)
    inputs, taps = drawn.normal(size=tile + 2), drawn.normal(size=3)
    before, taps_to, after = transforms(tile)
    assert before.shape == (tile + 2, tile + 2)
    # Whole numbers on both sides: there the transforms run at every window.
    assert np.array_equal(before, before.astype(int))
    assert np.array_equal(after, after.astype(int))
    expected = [inputs[at : at + 3] @ taps for at in range(tile)]
    assert np.allclose(after @ ((before @ inputs) * (taps_to @ taps)), expected, rtol=0, atol=1e-13)


@pytest.mark.parametrize(
    ("samples", "dilation", "tile", "count"),
    [(768, 1, 4, 192), (768, 64, 4, 3), (768, 128, 3, 2), (192, 32, 3, 2), (192, 16, 4, 3), (250, 1, 4, 63)],
)
def test_the_tile_with_the_fewest_products_is_taken(samples: int, dilation: int, tile: int, count: int) -> None:
    """Four outputs at once where padding to whole tiles costs little, else three."""
    assert tile_for(samples, dilation) == tile
    assert tiles(samples, dilation, tile) == count
