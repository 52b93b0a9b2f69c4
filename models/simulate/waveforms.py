"""Shapes in time: peaks, trains of arches, bursts. Every one is float64, its largest magnitude near 1."""

import numpy as np

from models.simulate.electrodes import Float64


def times(seconds: float, rate_hz: float) -> Float64:
    """Return the sample times of a stretch, in seconds from its beginning."""
    # Two samples at least: an envelope or a difference of one sample is not defined.
    return np.arange(max(int(seconds * rate_hz), 2)) / rate_hz


def peak(t: Float64, centre_s: float, rise_s: float, fall_s: float, point: float = 2.0) -> Float64:
    """Return a peak of height 1 that rises and falls at different speeds.

    ``point`` is the exponent of the flanks: 2 a gaussian, towards 1 a pointed tip.
    """
    apart = t - centre_s
    return np.asarray(np.exp(-0.5 * np.abs(apart / np.where(apart < 0, rise_s, fall_s)) ** point))


def triangle(seconds: float, skew: float, rate_hz: float) -> Float64:
    """Return a slightly rounded triangle whose tip stands at ``skew`` of its length."""
    t = times(seconds, rate_hz) / seconds
    edges = np.where(t < skew, t / skew, (1 - t) / (1 - skew))
    # 1.2 rounds the foot and leaves the tip sharp.
    return np.asarray(np.clip(edges, 0, 1) ** 1.2)


def envelope(t: Float64, seconds: float, skew: float) -> Float64:
    """Return a burst's waxing and waning, largest at ``skew`` of its length, 0 at both ends."""
    u = np.clip(t / seconds, 0, 1)
    v = np.where(u < skew, u / skew / 2, 0.5 + (u - skew) / (1 - skew) / 2)
    return np.asarray(np.sin(np.pi * v) ** 1.3)


def burst(
    rng: np.random.Generator,
    rate_hz: float,
    frequency_hz: tuple[float, float],
    seconds: tuple[float, float],
    sharpness: tuple[float, float],
    phase: float,
) -> Float64:
    """Draw a run of waves with harmonics.

    Parameters
    ----------
    rng : numpy.random.Generator
        Draws frequency, length, glide, sharpness and where the burst is largest.
    rate_hz : float
        Sampling rate.
    frequency_hz, seconds, sharpness : tuple of float
        Ranges; ``sharpness`` is the second harmonic's share.
    phase : float
        Phase of the harmonics: 0 makes tips sharp above and flat below (arches upside down at pi),
        pi / 2 makes saw teeth.
    """
    length = rng.uniform(*seconds)
    frequency = rng.uniform(*frequency_hz)
    t = times(length, rate_hz)
    # Bursts slow down a little more often than they speed up, as spindles do.
    glide = rng.normal(-0.03, 0.06) * frequency / length
    angle = 2 * np.pi * (rng.random() + frequency * t + 0.5 * glide * t**2)
    share = rng.uniform(*sharpness)
    wave = np.cos(angle) + share * np.cos(2 * angle + phase) + 0.6 * share**1.5 * np.cos(3 * angle + 2 * phase)
    shaped = wave * envelope(t, length, rng.uniform(0.25, 0.75))
    return np.asarray(shaped / np.abs(shaped).max())
