"""The block filter: what scipy's loop gives, the same bits for any chunking, and nothing that grows over time."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy import signal

from models.signal import filters
from models.signal.block_filter import BlockFilter

# 384 and 12,800: three and a hundred samples divide no block of 64.
RATES_HZ = {128.0: 1, 256.0: 2, 384.0: 3, 500.0: 1, 512.0: 4, 2048.0: 16, 12_800.0: 100}
"""Rates, and how many of their samples make one of the model."""

Signal = NDArray[np.float64]


def cascade(rate_hz: float) -> filters.Sections:
    """Design what the conditioning filters a stream of this rate with."""
    return np.concatenate(
        [
            filters.bandpass((1.0, 50.0), rate_hz, 128.0),
            filters.notch("auto", rate_hz),
            filters.antialias((1.0, 50.0), rate_hz, 128.0),
        ]
    )


def noise(channels: int, n: int) -> Signal:
    """Return (channels, n) white noise of 50 uV."""
    return 50.0 * np.random.default_rng(0).normal(size=(channels, n))


def twin(sections: filters.Sections, x: Signal, keep_every: int, first: int = 0) -> Signal:
    """Filter sample by sample, section by section, then pick."""
    filtered: Signal = signal.sosfilt(sections, x, axis=1)
    return filtered[:, (-first - 1) % keep_every :: keep_every]


def in_pieces(block_filter: BlockFilter, x: Signal, cuts: list[int], first: int) -> list[tuple[int, Signal]]:
    """Push the pieces between those cuts that lie inside."""
    edges = [0, *sorted({cut for cut in cuts if 0 < cut < x.shape[1]}), x.shape[1]]
    return [block_filter.push(first + start, x[:, start:end]) for start, end in pairwise(edges)]


@settings(max_examples=60, deadline=None)
@given(
    rate_hz=st.sampled_from(list(RATES_HZ)),
    # More than fit into one product of matrices, and numbers that fill the last one only in part.
    channels=st.sampled_from([1, 2, 19, 33, 130]),
    first=st.sampled_from([0, 1, 12_345, 2**53 - 5]),
    cuts=st.lists(st.integers(0, 700), max_size=30),
)
def test_any_chunking_gives_the_bits_of_one_push_and_the_numbers_of_scipy(
    rate_hz: float, channels: int, first: int, cuts: list[int]
) -> None:
    """Pieces of 1 to 700 samples, from any index on: identical to one push, and the loop's result to 1e-9 uV."""
    keep_every, x = RATES_HZ[rate_hz], noise(channels, 700)
    whole_first, whole = BlockFilter(cascade(rate_hz), channels, keep_every).push(first, x)
    pieces = in_pieces(BlockFilter(cascade(rate_hz), channels, keep_every), x, cuts, first)
    assert pieces[0][0] == whole_first == first // keep_every
    assert [at for at, _ in pieces[1:]] == [at + kept.shape[1] for at, kept in pieces[:-1]]
    np.testing.assert_array_equal(np.concatenate([kept for _, kept in pieces], axis=1), whole)
    np.testing.assert_allclose(whole, twin(cascade(rate_hz), x, keep_every, first), rtol=0, atol=1e-9)


@pytest.mark.parametrize("rate_hz", [256.0, 500.0, 512.0])
def test_ten_minutes_on_an_offset_of_100_mv_are_as_exact_as_the_first(rate_hz: float) -> None:
    """The error against scipy's loop stays within 1e-12 of the offset: it is that of rounding, and does not grow."""
    keep_every, x = RATES_HZ[rate_hz], noise(2, int(600 * rate_hz)) + 1e5
    _, kept = BlockFilter(cascade(rate_hz), 2, keep_every).push(0, x)
    error = np.abs(kept - twin(cascade(rate_hz), x, keep_every))
    assert error.max() < 1e-12 * 1e5
    minutes = error[:, : 10 * (error.shape[1] // 10)].reshape(2, 10, -1).max(axis=(0, 2))
    # An error that grew by each sample would be ten times as large in the last minute.
    assert minutes[-1] < 2.0 * minutes[:-1].max()


def test_steps_through_the_filters_of_differences_are_exact_whatever_the_level() -> None:
    """As the conditioning uses it: 10 minutes on 100 mV differ from those on 0 by less than 1e-8 uV."""
    sections, x = filters.of_differences(cascade(512.0)), noise(2, 600 * 512)
    steps = np.diff(x, axis=1, prepend=x[:, :1])
    _, kept = BlockFilter(sections, 2, 4).push(0, steps)
    np.testing.assert_allclose(kept, twin(cascade(512.0), x - x[:, :1], 4), rtol=0, atol=1e-8)


def test_a_channel_knows_nothing_of_its_neighbours() -> None:
    """One channel's 1e30 leaves the bits of the others alone."""
    x = noise(5, 400)
    alone = BlockFilter(cascade(512.0), 5, 4).push(0, x)[1]
    x[2, 100:200] = 1e30
    beside = BlockFilter(cascade(512.0), 5, 4).push(0, x)[1]
    np.testing.assert_array_equal(beside[[0, 1, 3, 4]], alone[[0, 1, 3, 4]])
    assert np.abs(beside[2, 30:]).max() > 1e20


def test_a_restart_forgets_what_came() -> None:
    """After it, at another index of the same phase, the same samples give the same bits."""
    x, block_filter = noise(3, 100), BlockFilter(cascade(512.0), 3, 4)
    _, before = block_filter.push(0, x)
    block_filter.push(100, x)
    block_filter.restart()
    begin, after = block_filter.push(block_filter.block_samples * 1000, x)
    assert begin == block_filter.block_samples * 250
    np.testing.assert_array_equal(before, after)
