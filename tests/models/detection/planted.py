"""Discharges planted in noise, whose peak, field and lead are known."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

RATE_HZ = 128.0
ROWS = 25
LENGTH = 512
PEAK = 400


@dataclass(frozen=True, slots=True)
class Focus:
    """Heights in microvolts by derivation, and by how many milliseconds each follows the first."""

    heights_uv: dict[int, float]
    lags_ms: dict[int, float]


FOCI = (
    Focus({6: -90.0, 7: 80.0, 5: -40.0, 8: 30.0}, {6: 0, 7: 12, 5: 15, 8: 15}),
    Focus({11: 70.0, 12: -85.0, 13: -50.0}, {11: 0, 12: 14, 13: 20}),
    Focus({20: -60.0, 21: -75.0, 0: 45.0, 22: 50.0}, {20: 0, 21: 10, 0: 18, 22: 12}),
)


def course(lag_ms: float = 0.0, width_ms: float = 25.0) -> NDArray[np.float64]:
    """Return a spike of height 1 and its slow wave, peaking so long after PEAK."""
    ms = (np.arange(LENGTH) - PEAK) / RATE_HZ * 1e3 - lag_ms
    spike = np.exp(-0.5 * (ms / (width_ms / 2)) ** 2)
    wave: NDArray[np.float64] = spike - 0.35 * np.exp(-0.5 * ((ms - 180) / 60) ** 2)
    return wave


def event(focus: Focus, seed: int, noise_uv: float = 8.0, known: int = 12) -> NDArray[np.float32]:
    """Return (ROWS, n) float32 that ends `known` samples after PEAK: noise of 2 to 20 Hz, and one discharge."""
    rng = np.random.default_rng(seed)
    white = np.fft.rfft(rng.normal(size=(ROWS, LENGTH)))
    hz = np.fft.rfftfreq(LENGTH, 1 / RATE_HZ)
    noise = np.fft.irfft(white * ((hz > 2) & (hz < 20)), LENGTH)
    samples = noise * (noise_uv / noise.std())
    scale = rng.uniform(0.8, 1.4)
    for row, height in focus.heights_uv.items():
        samples[row] += scale * height * course(focus.lags_ms[row])
    seen: NDArray[np.float32] = samples[:, : PEAK + known].astype(np.float32)
    return seen


def largest(samples: NDArray[np.float32]) -> tuple[int, int]:
    """Return row and index of the largest deflection near the peak, as a sighting has them."""
    near = np.abs(samples[:, PEAK - 6 : PEAK + 7])
    row, at = divmod(int(np.argmax(near)), near.shape[1])
    return row, PEAK - 6 + at
