"""Half-waves of traces that are drawn by hand."""

import numpy as np
import pytest
from numpy.typing import NDArray

from bench.worth.half_waves import extremes, waves
from models.signal.conditioning import MODEL_RATE_HZ


def zigzag(*corners: tuple[int, float]) -> NDArray[np.float32]:
    """Return straight lines from corner to corner, (sample, value) each, the first at sample 0."""
    at, values = zip(*corners, strict=True)
    trace: NDArray[np.float32] = np.interp(np.arange(at[-1] + 1), at, values).astype(np.float32)
    return trace


def test_extremes_are_where_a_trace_turns_by_more_than_the_least() -> None:
    """The wiggle of 1 on the way down is left out, the turn of 4 is not."""
    trace = zigzag((0, 0), (10, 10), (14, 6), (16, 7), (24, 0), (30, 4), (40, -5))
    assert extremes(trace.astype(np.float64), 2.0).tolist() == [0, 10, 24, 30, 40]
    assert extremes(trace.astype(np.float64), 0.5).tolist() == [0, 10, 14, 16, 24, 30, 40]


def test_a_flat_trace_has_no_wave() -> None:
    """It begins and ends, which are no vertices."""
    assert waves(np.zeros(50, np.float32)).vertices.size == 0


def test_a_wave_is_measured_on_both_sides_of_its_vertex() -> None:
    """Up by 10 in 8 samples and down by 6 in 16: half of each way takes half of the time, twice that is all of it."""
    found = waves(zigzag((0, 0), (8, 10), (24, 4), (32, 12)))
    assert found.vertices.tolist() == [8, 24]
    assert found.values.tolist() == [10, 4]
    assert found.lengths_s[0] == pytest.approx(np.array([8, 16]) / MODEL_RATE_HZ)
    assert found.durations_s[0] == pytest.approx(np.array([8, 16]) / MODEL_RATE_HZ)
    # Both relative to the mean half-wave of the first seconds.
    assert found.amplitudes[0, 0] / found.amplitudes[0, 1] == pytest.approx(10 / 6)


def test_a_slow_end_does_not_make_a_wave_look_wide() -> None:
    """9 of 10 in 4 samples, the last tenth in 20: half is reached after 4 * 5 / 9 samples."""
    found = waves(zigzag((0, 0), (8, 10), (12, 1), (32, 0), (40, 10)))
    assert found.lengths_s[0, 1] == pytest.approx(24 / MODEL_RATE_HZ)
    assert found.durations_s[0, 1] == pytest.approx(2 * 4 * 5 / 9 / MODEL_RATE_HZ, rel=1e-6)


def test_amplitudes_are_relative_to_the_seconds_before() -> None:
    """Ten seconds of waves of 1 and one of 5: five times the background."""
    steps = [(4 * n, float(n % 2)) for n in range(320)]
    found = waves(zigzag(*steps, (1284, 0.0), (1288, 5.0), (1292, 0.0), (1296, 1.0)))
    large = found.vertices.tolist().index(1288)
    assert found.amplitudes[large, 0] == pytest.approx(5.0, rel=0.01)
