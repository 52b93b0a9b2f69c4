"""Shape keys against the rule spelled out in plain Python integers."""

from statistics import NormalDist

import numpy as np
import pytest

from models.errors import ModelsError
from models.training.sampling.sax import BREAKPOINTS, interleave, shape_keys, symbols, z_normalised


def noise(n: int, channels: int, length: int) -> "np.ndarray[tuple[int, ...], np.dtype[np.float32]]":
    """Windows (n, channels, length) of noise in microvolts, with an offset."""
    return (40 * np.random.default_rng(length).normal(size=(n, channels, length)) + 15).astype(np.float32)


def key_bit_by_bit(window: "np.ndarray[tuple[int, ...], np.dtype[np.float32]]") -> int:
    """One window's key as a Python integer: mean, symbol, then one bit of each symbol in turn."""
    # From the standard library rather than scipy, which the code under test uses.
    edges = [np.float32(NormalDist().inv_cdf(i / 256)) for i in range(1, 256)]
    found = []
    for channel in window:
        scaled = (channel - channel.mean()) / channel.std()
        each = len(channel) // 16
        for segment in range(16):
            mean = scaled[segment * each : (segment + 1) * each].mean()
            found.append(sum(1 for edge in edges if mean > edge))
    key = 0
    for bit in range(7, -1, -1):
        for symbol in found:
            key = key << 1 | (symbol >> bit & 1)
    return key


@pytest.mark.parametrize(("channels", "length"), [(1, 16), (1, 40), (5, 192), (3, 50)])
def test_keys_are_those_of_the_rule_bit_by_bit(channels: int, length: int) -> None:
    """Also with tails that fill no segment, and bytes that hold bits of several channels."""
    windows = noise(30, channels, length)
    keys = shape_keys(windows)
    assert keys.shape == (30, channels * 16)
    assert [int.from_bytes(key.tobytes(), "big") for key in keys] == [key_bit_by_bit(window) for window in windows]


def test_edges_are_equally_likely_and_belong_below() -> None:
    """255 quantiles, the first at -2.6601; a mean on an edge has the symbol below it, one just above the next."""
    assert len(BREAKPOINTS) == 255
    assert BREAKPOINTS[0] == pytest.approx(-2.6601, abs=5e-5)
    assert BREAKPOINTS[-1] == -BREAKPOINTS[0]
    assert BREAKPOINTS[127] == 0
    on_edge = np.tile(BREAKPOINTS[:, None, None], (1, 1, 16))
    assert (symbols(on_edge) == np.arange(255)[:, None]).all()
    assert (symbols(np.nextafter(on_edge, np.float32(9))) == np.arange(1, 256)[:, None]).all()


def test_first_bytes_hold_the_most_significant_bits() -> None:
    """Two symbols: their bits alternate, most significant first."""
    found = interleave(np.array([[0b10110001, 0b01110010]], np.uint8))
    assert found.tolist() == [[0b10011111, 0b00000110]]


def test_keys_know_no_unit_and_no_offset() -> None:
    """A power of two times the window plus nothing: the same floats, the same key."""
    windows = noise(20, 5, 192)
    # A power of two changes exponents alone, so even the rounding is the same.
    assert np.array_equal(shape_keys(windows), shape_keys(windows * 1024))


def test_flat_channels_become_zero() -> None:
    """A constant far from zero is flat however its mean is rounded."""
    windows = noise(1, 2, 32)
    # No float32 has this value, so the mean of many is not exactly it.
    windows[0, 1] = 1234.567
    scaled = z_normalised(windows)
    assert (scaled[0, 1] == 0).all()
    assert scaled[0, 0].std() == pytest.approx(1, rel=1e-5)


def test_windows_too_short_for_segments_are_refused() -> None:
    """Fifteen samples have no sixteen segments."""
    with pytest.raises(ModelsError, match="15 samples"):
        shape_keys(noise(2, 1, 15))
