"""Spectral augmentation: windows as another amplifier, montage and head would record them.

x' = g_d F x + s_d e: F a random filter of the window, g_d a gain and s_d a noise level of each derivation d, e white.

What a simulator gets wrong about real EEG is first of all its spectrum; a network that has seen every discharge under
many filters relies on it less. Measured on networks of 4,000 steps that were otherwise the same: where both found
about 63 % of simulated scalp discharges, false alarms on recordings of healthy people fell from 1.0 to 0.6 a minute.
The constants are choices of ours, tried together and not one by one.

Checked against: sines, whose gain under a filter is one number (test_spectral_augmentation.py).
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from models.datasets.windowset import Floats

# Where a filter's log gain is drawn, an octave or so apart, as EEG's bands are; straight lines between them.
KNOTS_HZ: Final = (0.0, 2.0, 5.0, 10.0, 20.0, 40.0, 64.0)
FILTER_SPREAD: Final = 0.35  # standard deviation of the log gain at a knot: a factor of 1.4
FILTERED_SHARE: Final = 0.7  # of windows; the others keep their spectrum, so that the simulator's own stays known
GAIN_SPREAD: Final = 0.25  # of the log gain of a derivation, for electrodes of unlike contact: for a detector
MOST_NOISE: Final = 0.12  # largest deviation of the added noise, over the window's; each derivation draws its own


def augment_spectrum(windows: Floats, rng: np.random.Generator, rate_hz: float, gain_spread: float) -> Floats:
    """Return windows (n, channels, samples) varied; labels stay, rows of zeros stay zero, the input is not modified.

    `gain_spread` is the standard deviation of the log gain of a derivation.
    """
    # A row of zeros is a missing derivation: noise there would look like an electrode that is recorded.
    there = windows.any(axis=2, keepdims=True)
    gains = np.exp(rng.normal(0, gain_spread, (*windows.shape[:2], 1)))
    deviation = windows.std(axis=(1, 2), keepdims=True)
    noise = rng.uniform(0, MOST_NOISE, (*windows.shape[:2], 1)) * deviation * rng.standard_normal(windows.shape)
    varied = gains * _filtered(windows, rng, rate_hz) + noise
    return np.where(there, varied, 0).astype(np.float32)


def _filtered(windows: Floats, rng: np.random.Generator, rate_hz: float) -> NDArray[np.float64]:
    """Return F x: exp of a random line through the knots, times each window's spectrum."""
    count, _, samples = windows.shape
    frequencies_hz = np.fft.rfftfreq(samples, 1 / rate_hz)
    spread = FILTER_SPREAD * (rng.random((count, 1)) < FILTERED_SHARE)
    knots = spread * rng.standard_normal((count, len(KNOTS_HZ)))
    # One filter for all derivations: each with its own would change what they share, and so where a discharge lies.
    response = np.exp([np.interp(frequencies_hz, KNOTS_HZ, drawn) for drawn in knots])
    filtered: NDArray[np.float64] = np.fft.irfft(np.fft.rfft(windows, axis=2) * response[:, None], samples, axis=2)
    return filtered
