"""Endless noise of any spectrum, made a segment at a time without a seam."""

from typing import TypeAlias

import numpy as np
import numpy.typing as npt
import scipy.fft

from models.simulate.truth import Float32

Complex64: TypeAlias = npt.NDArray[np.complex64]


class Grid:
    """The time and frequency grid that all parts of one patient share.

    Attributes
    ----------
    rate_hz : float
        Sampling rate.
    segment : int
        Samples in a segment.
    frequencies_hz : numpy.ndarray
        Frequencies of a block of two segments, (segment + 1,).
    """

    def __init__(self, rate_hz: float, segment_s: float) -> None:
        self.rate_hz = rate_hz
        self.segment = round(segment_s * rate_hz)
        self.frequencies_hz = np.asarray(scipy.fft.rfftfreq(2 * self.segment, 1 / rate_hz), np.float64)
        # sin**2 + cos**2 = 1: two independent blocks faded so have the variance of either.
        ramp = (np.arange(self.segment) + 0.5) / self.segment * np.pi / 2
        self.fade_in, self.fade_out = np.sin(ramp).astype(np.float32), np.cos(ramp).astype(np.float32)

    def unit(self, shape: npt.NDArray[np.float64], low_hz: float, high_hz: float) -> Float32:
        """Scale amplitude spectra (rows, frequencies) to variance 1 between two frequencies."""
        inside = (self.frequencies_hz >= low_hz) & (self.frequencies_hz <= high_hz)
        return np.asarray(shape / np.sqrt((shape[:, inside] ** 2).sum(axis=1, keepdims=True)), np.float32)

    def slow(self, cutoff_hz: npt.NDArray[np.float64]) -> Float32:
        """Return amplitude spectra of noise below ``cutoff_hz`` (rows, 1), variance 1: envelopes are made of it."""
        shape = np.exp(-((self.frequencies_hz / cutoff_hz) ** 2)) * (self.frequencies_hz > 0)
        return self.unit(shape, 0, 10)


def _draw(rng: np.random.Generator, shape: Float32) -> Complex64:
    # float32 all the way, half the memory: its rounding lies some 140 dB below the signal.
    pairs = rng.standard_normal((*shape.shape, 2), dtype=np.float32)
    return np.asarray(pairs.view(np.complex64)[..., 0] * shape, np.complex64)


class Noise:
    """Real noise: independent rows, each with its spectrum, which may change from segment to segment.

    Blocks of two segments are drawn in the frequency domain and joined by sine and cosine ramps, so that
    the variance is constant while the spectrum is.
    """

    def __init__(self, grid: Grid, rng: np.random.Generator, shape: Float32) -> None:
        self._grid, self._rng = grid, rng
        self._tail: Float32 = self._block(shape)[:, grid.segment :] * grid.fade_out

    def segment(self, shape: Float32) -> Float32:
        """Return the next (rows, segment) with amplitude spectrum ``shape`` (rows, frequencies)."""
        block = self._block(shape)
        joined = self._tail + block[:, : self._grid.segment] * self._grid.fade_in
        self._tail = block[:, self._grid.segment :] * self._grid.fade_out
        return joined

    def _block(self, shape: Float32) -> Float32:
        size = 2 * self._grid.segment
        # irfft divides by `size` and counts each frequency twice, as k and -k; undone, variance is the sum of shape**2.
        return np.asarray(scipy.fft.irfft(_draw(self._rng, shape), size, axis=1) * (size / 2), np.float32)


class AnalyticNoise:
    """Like `Noise`, but analytic: the real part is the noise, magnitude and angle its envelope and phase."""

    def __init__(self, grid: Grid, rng: np.random.Generator, shape: Float32) -> None:
        self._grid, self._rng = grid, rng
        self._tail: Complex64 = self._block(shape)[:, grid.segment :] * grid.fade_out

    def segment(self, shape: Float32) -> Complex64:
        """Return the next (rows, segment) with one-sided amplitude spectrum ``shape``."""
        block = self._block(shape)
        joined = self._tail + block[:, : self._grid.segment] * self._grid.fade_in
        self._tail = block[:, self._grid.segment :] * self._grid.fade_out
        return joined

    def _block(self, shape: Float32) -> Complex64:
        size = 2 * self._grid.segment
        # Frequencies above the one-sided spectrum are zero: that is what makes the signal analytic.
        return np.asarray(scipy.fft.ifft(_draw(self._rng, shape), size, axis=1) * size, np.complex64)


class Wander:
    """Slow drift from segment to segment: independent normal values with a memory of a minute or so."""

    def __init__(self, rows: int, traits: np.random.Generator, rng: np.random.Generator) -> None:
        # A first-order autoregression over segments of 4 s: 3 to 20 of them, 12 to 80 s.
        self._rng, self._memory = rng, float(np.exp(-1 / traits.uniform(3, 20)))
        self._value = rng.standard_normal(rows, dtype=np.float32)

    def next(self) -> Float32:
        """Return the next values (rows,), standard normal over time."""
        fresh = self._rng.standard_normal(len(self._value), dtype=np.float32)
        # The innovation's size keeps the variance at 1 whatever the memory.
        self._value = self._memory * self._value + np.float32(np.sqrt(1 - self._memory**2)) * fresh
        return self._value


class Canvas:
    """Where events are painted: the current segment and the seconds after it, at every electrode."""

    def __init__(self, electrodes: int, grid: Grid, beyond_s: float) -> None:
        self._grid = grid
        self._sum = np.zeros((electrodes, grid.segment + round(beyond_s * grid.rate_hz)), np.float32)

    def add(self, onset: int, fields: Float32, waves: Float32) -> None:
        """Add ``fields`` (electrodes, parts) times ``waves`` (parts, samples) from column ``onset`` on."""
        self._sum[:, onset : onset + waves.shape[1]] += fields @ waves

    def take(self) -> Float32:
        """Return the current segment (electrodes, segment) and move on to the next."""
        # A copy: the canvas moves on and overwrites these columns.
        segment = self._sum[:, : self._grid.segment].copy()
        self._sum[:, : -self._grid.segment] = self._sum[:, self._grid.segment :]
        self._sum[:, -self._grid.segment :] = 0
        return segment
