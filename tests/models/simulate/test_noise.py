"""Endless noise has its spectrum and no seam, and painted events carry over from segment to segment."""

import numpy as np
import pytest

from models.simulate.noise import AnalyticNoise, Canvas, Grid, Noise, Wander

GRID = Grid(128.0, 4.0)
ROWS = 400


def white(variance: float = 1.0) -> "np.ndarray[tuple[int, ...], np.dtype[np.float32]]":
    """Return the amplitude spectrum (ROWS, frequencies) of white noise."""
    shape = GRID.unit(np.ones((ROWS, len(GRID.frequencies_hz))), 0, 64)
    return shape * np.float32(np.sqrt(variance))


def test_variance_is_the_same_at_the_seam_and_in_the_middle() -> None:
    """Over 400 rows, every eighth of three joined segments has variance 1, within six standard errors."""
    noise = Noise(GRID, np.random.default_rng(0), white())
    joined = np.concatenate([noise.segment(white()) for _ in range(3)], axis=1)
    parts = joined.reshape(ROWS, 24, -1)
    # Samples of white noise are independent, so that a variance of n of them has standard error sqrt(2 / n).
    assert parts.var(axis=(0, 2)) == pytest.approx(1.0, abs=6 * np.sqrt(2 / (ROWS * parts.shape[2])))


def test_a_spectrum_has_its_power_where_it_says() -> None:
    """Variance 1 between 8 and 12 Hz, and nothing elsewhere."""
    band = ((GRID.frequencies_hz >= 8) & (GRID.frequencies_hz <= 12)) * np.ones((ROWS, 1))
    noise = Noise(GRID, np.random.default_rng(1), GRID.unit(band, 8, 12))
    segment = noise.segment(GRID.unit(band, 8, 12))
    power = (np.abs(np.fft.rfft(segment * np.hanning(GRID.segment))) ** 2).mean(axis=0)
    hz = np.fft.rfftfreq(GRID.segment, 1 / GRID.rate_hz)
    assert segment.var() == pytest.approx(1.0, rel=0.1)
    # A hertz to either side is the window's own leakage.
    assert power[(hz < 7) | (hz > 13)].sum() < 1e-3 * power.sum()


def test_analytic_noise_has_no_negative_frequencies() -> None:
    """So its magnitude is an envelope; the real part has the variance of plain noise."""
    band = ((GRID.frequencies_hz >= 8) & (GRID.frequencies_hz <= 12)) * np.ones((ROWS, 1))
    shape = GRID.unit(band, 8, 12)
    segment = AnalyticNoise(GRID, np.random.default_rng(2), shape).segment(shape)
    power = (np.abs(np.fft.fft(segment * np.hanning(GRID.segment), axis=1)) ** 2).mean(axis=0)
    assert power[GRID.segment // 2 :].sum() < 1e-3 * power.sum()
    assert segment.real.var() == pytest.approx(1.0, rel=0.1)


def test_drift_keeps_its_variance_and_its_memory() -> None:
    """A first-order process: standard normal over time, neighbours correlated."""
    wander = Wander(4000, np.random.default_rng(3), np.random.default_rng(4))
    values = np.array([wander.next() for _ in range(20)])
    # 4,000 rows: a standard deviation is known to 1.1 %, so 5 % is more than four of its errors.
    assert values.std(axis=1) == pytest.approx(1.0, abs=0.05)
    assert np.corrcoef(values[-2], values[-1])[0, 1] > 0.6


def test_an_event_that_outlasts_its_segment_continues_in_the_next() -> None:
    """Segments taken one after the other hold the event once, sample by sample."""
    canvas = Canvas(2, GRID, 3.0)
    wave = np.arange(1, 301, dtype=np.float32)
    canvas.add(GRID.segment - 100, np.array([[1.0], [-2.0]], np.float32), wave[None])
    taken = np.concatenate([canvas.take(), canvas.take(), canvas.take()], axis=1)
    expected = np.zeros(3 * GRID.segment, np.float32)
    expected[GRID.segment - 100 : GRID.segment + 200] = wave
    assert np.array_equal(taken, np.stack([expected, -2 * expected]))
