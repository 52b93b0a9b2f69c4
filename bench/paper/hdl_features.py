"""HDL's features: 26 numbers of every tenth of a second of a channel.

Source: Harati et al. 2015 and Golmohammadi et al. 2019 (Front. Hum. Neurosci. 13:76). Stated in the abstracts: linear
frequency cepstral coefficients, their first and second derivatives, differential energy. After the text, which could
not be read again: 250 Hz, windows of 0.2 s every 0.1 s, 7 cepstra, energy in the frequency domain, differential energy
over 0.9 s, deltas of all nine, second deltas without differential energy. Ours: 14 triangular bands from 0 to half the
rate, deltas over two frames either side, the ends repeated.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy import fft, signal

Floats = NDArray[np.float32]

RATE_HZ: Final = 250.0
FRAME, WINDOW = 25, 50
CEPSTRA, BANDS = 7, 14
AROUND: Final = 4  # frames either side over which energy differs: 0.9 s
DELTA: Final = 2
FEATURES: Final = 3 * (CEPSTRA + 2) - 1


def at_rate(windows: Floats, rate_hz: float, wanted_hz: float = RATE_HZ) -> Floats:
    """Return windows (..., samples) at another rate."""
    up, down = round(wanted_hz * 10), round(rate_hz * 10)
    slow: Floats = signal.resample_poly(windows, up, down, axis=-1).astype(np.float32)
    return slow


def features(windows: Floats) -> Floats:
    """Return (..., frames, FEATURES) of windows (..., samples) at RATE_HZ, in any unit."""
    spans = np.lib.stride_tricks.sliding_window_view(windows, WINDOW, axis=-1)[..., ::FRAME, :]
    power = np.abs(fft.rfft(spans * np.hamming(WINDOW), axis=-1)) ** 2
    # 1e-9: a flat channel has no energy, whose logarithm would be minus infinity.
    cepstra = fft.dct(np.log(power @ _bands().T + 1e-9), axis=-1, norm="ortho")[..., 1 : CEPSTRA + 1]
    energy = np.log(power.sum(axis=-1) + 1e-9)
    static = np.concatenate([cepstra, energy[..., None], _differential(energy)[..., None]], axis=-1)
    first = _delta(static)
    second = _delta(first)[..., :-1]
    return np.concatenate([static, first, second], axis=-1).astype(np.float32)


def _bands() -> NDArray[np.float64]:
    """Return the triangular bands (BANDS, bins), evenly spaced."""
    bins = np.arange(WINDOW // 2 + 1)
    width = bins[-1] / (BANDS + 1)
    centres = width * np.arange(1, BANDS + 1)
    return np.asarray(np.maximum(0.0, 1.0 - np.abs(bins - centres[:, None]) / width))


def _differential(energy: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the largest less the least energy (..., frames) of the frames around each."""
    padded = np.pad(energy, [(0, 0)] * (energy.ndim - 1) + [(AROUND, AROUND)], mode="edge")
    spans = np.lib.stride_tricks.sliding_window_view(padded, 2 * AROUND + 1, axis=-1)
    found: NDArray[np.float64] = spans.max(axis=-1) - spans.min(axis=-1)
    return found


def _delta(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the slope (..., frames, k) of values over the frames around each."""
    padded = np.pad(values, [(0, 0)] * (values.ndim - 2) + [(DELTA, DELTA), (0, 0)], mode="edge")
    weights = np.arange(-DELTA, DELTA + 1)
    frames = values.shape[-2]
    terms = [w * padded[..., DELTA + w : DELTA + w + frames, :] for w in weights]
    slope: NDArray[np.float64] = np.sum(terms, axis=0) / np.sum(weights**2)
    return slope
