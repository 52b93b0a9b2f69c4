"""SEAsam: the order is the sorted order of keys, draws are spread over it, and its memory is bounded."""

import tracemalloc
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from models.errors import ModelsError
from models.training.sampling.sax import shape_keys
from models.training.sampling.seasam import SeasamSampler, positions, shape_order

Windows = NDArray[np.float32]


def in_blocks(windows: Windows, each: int) -> Iterator[Windows]:
    """Yield windows (n, channels, length) in blocks, the last of which may be short."""
    for start in range(0, len(windows), each):
        yield np.array(windows[start : start + each])


def mixed(n: int, channels: int, length: int) -> Windows:
    """Windows (n, channels, length) of noise, a third of them copies of others so that keys tie."""
    rng = np.random.default_rng(n)
    windows = rng.normal(size=(n, channels, length)).astype(np.float32)
    windows[rng.integers(0, n, n // 3)] = windows[rng.integers(0, n, n // 3)]
    return windows


@pytest.mark.parametrize(("channels", "length"), [(1, 32), (5, 48)])
def test_order_is_that_of_sorted_keys(channels: int, length: int) -> None:
    """Python's own sort of key bytes, ties as they came, whatever the blocks."""
    windows = mixed(500, channels, length)
    keys = [key.tobytes() for key in shape_keys(windows)]
    # Blocks of seven windows do not divide 500: the last one is short.
    assert shape_order(in_blocks(windows, 7)).tolist() == sorted(range(500), key=keys.__getitem__)


def test_mapped_windows_order_as_those_in_memory(tmp_path: Path) -> None:
    """Read from a file; the scratch folder is left empty."""
    windows = mixed(300, 1, 32)
    path, scratch = tmp_path / "windows.f32", tmp_path / "scratch"
    scratch.mkdir()
    windows.tofile(path)
    mapped = np.memmap(path, np.float32, "r", shape=(300, 1, 32))
    assert np.array_equal(shape_order(in_blocks(mapped, 100), scratch=scratch), shape_order([windows]))
    assert list(scratch.iterdir()) == []


def test_the_sample_does_not_depend_on_the_order_of_the_windows() -> None:
    """Shuffled windows give the same sample of shapes."""
    windows = mixed(400, 1, 64)
    shuffled = windows[np.random.default_rng(0).permutation(400)]
    samples = []
    for collection in (windows, shuffled):
        drawn = SeasamSampler(shape_order([collection])).draw(0, 90)
        samples.append(Counter(key.tobytes() for key in shape_keys(collection[drawn])))
    assert samples[0] == samples[1]


def test_the_order_keeps_like_shapes_together() -> None:
    """Four shapes, shuffled and noisy: few neighbours in the order differ in shape."""
    rng = np.random.default_rng(1)
    time = np.linspace(0, 1, 64)
    shapes = np.stack([np.sin(2 * np.pi * time), -np.sin(2 * np.pi * time), time, -time])
    kinds = rng.integers(0, 4, 400)
    windows = (shapes[kinds] + rng.normal(size=(400, 64)) * 0.02).astype(np.float32)
    changes = np.count_nonzero(np.diff(kinds[shape_order([windows[:, None]])]))
    # Shuffled, 400 windows of four kinds would change 300 times.
    assert changes < 40


@given(st.integers(1, 10**12), st.data())
def test_even_positions_are_middles_of_equal_parts(total: int, data: st.DataObject) -> None:
    """floor((i + 1/2) N / n) in exact integers: all different, gaps differ by one at most, symmetric ends."""
    count = data.draw(st.integers(1, min(total, 200)))
    found = positions(total, count).tolist()
    assert found == [(2 * i + 1) * total // (2 * count) for i in range(count)]
    assert len(set(found)) == count
    gaps = np.diff(found)
    assert count == 1 or gaps.max() - gaps.min() <= 1
    assert abs(found[0] - (total - 1 - found[-1])) <= 1


@pytest.mark.parametrize(("total", "count"), [(1000, 30), (1000, 501), (1000, 999), (10_000_000, 200_000), (7, 7)])
def test_reference_mode_steps_as_the_released_code(total: int, count: int) -> None:
    """An integer step from 0 on; above one half it is 1, and the sample is the order's beginning."""
    step = total // count
    expected, at = [], 0
    for _ in range(count):
        expected.append(at)
        at += step
    assert positions(total, count, "reference").tolist() == expected
    if 2 * count > total:
        assert expected == list(range(count))


def test_every_epoch_draws_the_same_up_to_all_of_them() -> None:
    """An order has no chance in it; all of it is the order itself."""
    sampler = SeasamSampler(np.array([4, 2, 0, 1, 3]))
    assert sampler.draw(0, 5).tolist() == sampler.draw(9, 5).tolist() == [4, 2, 0, 1, 3]
    assert sampler.draw(0, 2).tolist() == [2, 1]
    with pytest.raises(ModelsError, match="cannot draw 6 of 5"):
        sampler.draw(0, 6)


def test_sorting_holds_three_numbers_a_window(tmp_path: Path) -> None:
    """Five channels' keys are 80 bytes and windows 640: neither is held whole. The sort's own room is not traced."""
    count = 60_000
    path = tmp_path / "windows.f32"
    np.random.default_rng(0).standard_normal(count * 160, np.float32).tofile(path)
    mapped = np.memmap(path, np.float32, "r", shape=(count, 5, 32))
    tracemalloc.start()
    # Small blocks, so that they do not hide what grows with the number of windows.
    shape_order(in_blocks(mapped, 51), scratch=tmp_path)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    # Three numbers of 8 bytes a window are 24; a window's keys alone would be 80.
    assert peak < 26 * count
