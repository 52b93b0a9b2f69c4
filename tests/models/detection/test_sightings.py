"""Sightings: what a window shows, refined on the waveform."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from models.detection.sightings import Sighting, sightings

RATE_HZ = 128.0
WINDOW = 192
REACH = 10
"""round(0.08 s at 128 Hz): how far the network's time is refined."""


def triangle(n: int, peak: int, height: float, half_width: int) -> NDArray[np.float32]:
    """Draw one triangular deflection."""
    return (height * np.maximum(0.0, 1.0 - np.abs(np.arange(n) - peak) / half_width)).astype(np.float32)


def sight(first: int, samples: NDArray[np.float32], peak: int) -> Sighting:
    """Return the sighting of a window that was scored 0.8 because of `peak`."""
    [found] = sightings("left", first, samples, [(0.8, peak)], RATE_HZ, threshold=0.5)
    return found


@given(st.integers(20, 170), st.integers(-REACH, REACH), st.integers(0, 4), st.sampled_from([-80.0, 120.0]))
def test_the_largest_deflection_near_the_networks_time_is_the_peak(at: int, off: int, row: int, height: float) -> None:
    """Time, derivation and signed size are those of the deflection that was planted."""
    samples = np.zeros((5, WINDOW), np.float32)
    samples[row] = triangle(WINDOW, at, height, 6)
    found = sight(1000, samples, 1000 + at + off)
    assert (found.peak, found.row, found.amplitude) == (1000 + at, row, height)
    assert (found.group, found.end, found.probability) == ("left", 1000 + WINDOW, 0.8)


def test_a_larger_deflection_out_of_reach_is_another_matter() -> None:
    """The network said where it looked: what is more than 80 ms away does not count."""
    samples = np.zeros((5, WINDOW), np.float32)
    # Ten times as large, 18 samples away: the reach is 10.
    samples[1] = triangle(WINDOW, 80, -50.0, 4) + triangle(WINDOW, 80 + REACH + 8, -500.0, 4)
    assert sight(0, samples, 80).peak == 80


@pytest.mark.parametrize(("height", "counts"), [(0.25, True), (0.15, False)])
def test_the_newest_part_counts_from_a_fifth_of_the_largest_deflection_on(height: float, counts: bool) -> None:
    """A wave that a spike leaves behind is not another one; either span must reach the threshold."""
    samples = np.zeros((5, WINDOW), np.float32)
    # The rule is a fifth of the largest: 0.25 and 0.15 lie on either side of it.
    samples[0, 60], samples[1, 170] = 100.0, 100.0 * height
    spans = [(0.9, 1060), (0.8, 1170)]
    found = list(sightings("left", 1000, samples, spans, RATE_HZ, threshold=0.5))
    assert [(one.peak, one.probability) for one in found] == [(1060, 0.9)] + [(1170, 0.8)] * counts
    assert [one.peak for one in sightings("left", 1000, samples, spans, RATE_HZ, threshold=0.85)] == [1060]
    assert [one.peak for one in sightings("left", 1000, samples, spans[::-1], RATE_HZ, threshold=0.5)] == [1170, 1060]


def test_an_offset_of_a_row_is_no_deflection() -> None:
    """Each row is judged from its own median."""
    samples = np.zeros((5, WINDOW), np.float32)
    samples[4] += 900.0
    samples[2] = 300.0 + triangle(WINDOW, 60, -70.0, 5)
    found = sight(0, samples, 62)
    assert (found.peak, found.row, found.amplitude) == (60, 2, -70.0)


def test_rows_that_reach_half_the_peak_take_part() -> None:
    """At the peak's own sample; a row below half, or with its peak elsewhere, does not."""
    samples = np.zeros((5, WINDOW), np.float32)
    heights = [100.0, -50.0, 49.0, 0.0]
    for row, height in enumerate(heights):
        samples[row] = triangle(WINDOW, 90, height, 6)
    samples[4] = triangle(WINDOW, 100, 90.0, 6)
    assert sight(0, samples, 90).rows == (0, 1)


def test_the_extent_is_the_unbroken_stretch_above_three_tenths() -> None:
    """Of a triangle 8 samples to each side, that is 5 to each side; a second wave is not joined on."""
    samples = np.zeros((5, WINDOW), np.float32)
    samples[0] = triangle(WINDOW, 90, -100.0, 8) + triangle(WINDOW, 110, -90.0, 8)
    found = sight(500, samples, 590)
    assert (found.onset, found.offset) == (585, 595)


@pytest.mark.parametrize(("at", "bounds"), [(0, (0, 3)), (WINDOW - 1, (WINDOW - 4, WINDOW - 1))])
def test_a_peak_at_the_windows_edge_ends_there(at: int, bounds: tuple[int, int]) -> None:
    """Neither the search nor the extent leaves the window."""
    samples = np.zeros((5, WINDOW), np.float32)
    samples[3] = triangle(WINDOW, at, -64.0, 5)
    found = sight(0, samples, at)
    assert (found.peak, found.onset, found.offset) == (at, *bounds)
