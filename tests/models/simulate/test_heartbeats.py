"""A heart laid on a recording: one field and one shape, at a pace, of a size that is drawn."""

import numpy as np
import pytest
from scipy import signal

from models.simulate.electrodes import SCALP_19
from models.simulate.heartbeats import BEATS_PER_MIN, SIZES, heartbeats

RATE_HZ, SECONDS = 256.0, 60
NOISE = np.random.default_rng(7).normal(0, 20, (len(SCALP_19), int(RATE_HZ) * SECONDS)).astype(np.float32)


@pytest.mark.parametrize("seed", range(6))
def test_beats_come_at_the_pace_of_a_heart(seed: int) -> None:
    """Their number in a minute lies in the range, up to what is irregular or cut off at the ends."""
    beats = heartbeats(NOISE, RATE_HZ, SCALP_19, np.random.default_rng(seed))
    largest = np.abs(beats[np.argmax(np.abs(beats).max(axis=1))])
    peaks, _ = signal.find_peaks(largest, height=0.5 * largest.max(), distance=int(0.15 * RATE_HZ))
    assert 0.8 * BEATS_PER_MIN[0] < len(peaks) < 1.2 * BEATS_PER_MIN[1]


def test_all_electrodes_see_the_same_course() -> None:
    """What reaches the head from far below is one course, more or less of it, with either sign."""
    beats = heartbeats(NOISE, RATE_HZ, SCALP_19, np.random.default_rng(1))
    sizes = np.linalg.svd(beats, compute_uv=False)
    assert sizes[1] < 1e-5 * sizes[0]
    at = np.argmax(np.abs(beats).max(axis=0))
    assert beats[:, at].min() < 0 < beats[:, at].max()


def test_size_is_measured_against_the_background() -> None:
    """Of a background twice as large the beats are twice as large; over the head they spread by a drawn size."""
    small, large = (heartbeats(k * NOISE, RATE_HZ, SCALP_19, np.random.default_rng(2)) for k in (1, 2))
    np.testing.assert_allclose(large, 2 * small, rtol=1e-5, atol=1e-4)
    spreads = [
        heartbeats(NOISE, RATE_HZ, SCALP_19, np.random.default_rng(seed)).std(axis=0).max() / 20 for seed in range(12)
    ]
    # Beats that overlap, or whose T wave is on the R of another, are a little higher than 1.
    assert SIZES[0] < min(spreads) < 3 < max(spreads) < 1.3 * SIZES[1]
