"""The six criteria: each says what it is named for, of discharges whose answer is known."""

import math

import numpy as np
import pytest

from models.detection.reasons import UNKNOWN, Reasons, reasons
from tests.models.detection.planted import FOCI, LENGTH, PEAK, RATE_HZ, ROWS, course, event


def measured(samples: np.ndarray, row: int = 6) -> Reasons:
    """Measure a discharge whose onset and offset lie 3 samples from its peak."""
    return reasons(samples.astype(np.float32), row, PEAK - 3, PEAK, PEAK + 3, RATE_HZ)


def made(trace: np.ndarray, others: dict[int, float] | None = None, noise_uv: float = 1.0) -> np.ndarray:
    """Return derivations with a course at row 6, shares of it at others, and noise."""
    samples = np.random.default_rng(3).normal(0, noise_uv, (ROWS, LENGTH))
    for row, share in {6: 1.0, **(others or {})}.items():
        samples[row] += 80 * share * trace
    return samples


def test_a_narrower_peak_is_sharper() -> None:
    """Against the same background."""
    assert measured(made(course(width_ms=25))).sharpness > 2 * measured(made(course(width_ms=60))).sharpness > 10


def test_sharpness_is_a_multiple_of_the_background_s() -> None:
    """Twice the background, half the sharpness: amplitude alone is no sharpness."""
    quiet, loud = made(course(), noise_uv=1.0), made(course(), noise_uv=1.0)
    loud[6] += np.random.default_rng(3).normal(0, 1.0, (ROWS, LENGTH))[6]
    assert measured(loud).sharpness == pytest.approx(measured(quiet).sharpness / 2, rel=0.05)


def test_duration_counts_first_and_last_sample() -> None:
    """Three samples before the peak, itself, three after it."""
    assert measured(made(course())).duration_ms == pytest.approx(7 / 128 * 1e3)


def test_asymmetry_has_the_sign_of_the_slower_side() -> None:
    """A steep rise and a slow fall are above 0, their mirror as far below it, a symmetric peak at 0."""
    index = np.arange(LENGTH) - PEAK
    steep = np.where(index < 0, np.maximum(0, 1 + index / 3), np.maximum(0, 1 - index / 9))
    mirror = np.where(index < 0, np.maximum(0, 1 + index / 9), np.maximum(0, 1 - index / 3))
    # Half of the height is 1.5 samples before the peak and 4.5 after it: 3 of 6.
    assert measured(made(steep, noise_uv=0.01)).asymmetry == pytest.approx(0.5, abs=0.01)
    assert measured(made(mirror, noise_uv=0.01)).asymmetry == pytest.approx(-0.5, abs=0.01)
    assert measured(made(course(), noise_uv=0.01)).asymmetry == pytest.approx(0.0, abs=0.1)


def test_the_slow_wave_is_told_only_when_it_has_come() -> None:
    """Its height as a share of the spike's, and not known 90 ms after the peak."""
    samples = made(course(), noise_uv=0.5)
    assert measured(samples).after_wave == pytest.approx(0.32, abs=0.03)
    early = measured(samples[:, : PEAK + 12])
    assert math.isnan(early.after_wave)
    assert math.isnan(early.background_change)
    assert early.sharpness == measured(samples).sharpness


def test_a_background_that_changes_is_told() -> None:
    """Three times the noise after the discharge."""
    samples = np.random.default_rng(5).normal(0, 2.0, (ROWS, LENGTH))
    samples[:, PEAK + 4 :] *= 3
    samples[6, PEAK] = 50
    assert measured(samples).background_change == pytest.approx(3.0, rel=0.2)


def test_one_electrode_alone_has_no_field() -> None:
    """It shows in the two derivations that it is part of; a discharge shows beyond them."""
    assert measured(made(course(), {7: -1.0})).field < 0.01
    # Two rows of 1, four of a half: 1 of 3.
    wide = measured(made(course(), {7: -1.0, 5: 0.5, 8: 0.5, 12: 0.5, 13: 0.5}))
    assert wide.field == pytest.approx(1 / 3, abs=0.05)


def test_too_little_background_is_no_reason() -> None:
    """After a gap, zero is not a background."""
    samples = event(FOCI[0], seed=1)
    samples[:, : PEAK - 40] = 0
    assert measured(samples) == UNKNOWN
