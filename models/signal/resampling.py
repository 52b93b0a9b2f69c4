"""From the stream's rate to the model's, for any pair of rates: causal, with one constant delay.

Output j stands at time j / model_rate after stream sample 0, by absolute index, whatever was lost in between.
Where the stream's rate is a multiple of the model's, samples are picked and nothing is delayed. Elsewhere a short
windowed sinc interpolates between the stream's samples (Smith and Gossett, ICASSP 1984: a table of phases; differs
from the paper: the nearest of up to 4096 phases, not a line between two). The band is limited before, by the filters.
"""

from fractions import Fraction
from functools import cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

LARGEST_DENOMINATOR: Final = 1000
"""A rate is taken as a fraction of at most this denominator, so that index arithmetic stays in small integers."""

PHASES: Final = 4096
"""More phases than this are rounded: an error of at most 1/8192 sample, -80 dB at a tenth of the rate."""

STOPBAND_DB: Final = 60.0
FEWEST_TAPS: Final = 8


class Resampler:
    """Carries the newest samples of a stream; bit-equal for any chunking.

    Parameters
    ----------
    channels
        number of channels
    rate_hz, model_rate_hz
        the stream's and the wanted rate
    high_hz
        the signal's upper edge: flat up to here, images of it at least 60 dB down
    """

    def __init__(self, channels: int, rate_hz: float, model_rate_hz: float, high_hz: float) -> None:
        # Output j stands j * step / parts samples after stream sample 0.
        ratio = sample_ratio(rate_hz, model_rate_hz)
        self._step, self._parts = ratio.numerator, ratio.denominator
        self._phases = min(self._parts, PHASES)
        self.taps = 1 if self._parts == 1 else _taps(rate_hz, high_hz)
        self.delay_s = 0.0 if self._parts == 1 else self.taps / 2 / rate_hz
        self._kernel = np.ones((1, 1)) if self._parts == 1 else _kernel(self.taps, self._phases)
        self._lags = np.arange(self.taps)
        self._channels = channels
        self.restart()

    def restart(self) -> None:
        """Forget the newest samples."""
        self._newest = np.zeros((self._channels, self.taps - 1))

    def first_at(self, index: int) -> int:
        """Return the first output at or after stream sample `index`."""
        # Upwards: an output stands on a sample or after it, never before it has come.
        return -(-index * self._parts // self._step)

    def push(self, first: int, samples: NDArray[np.float64]) -> tuple[int, NDArray[np.float64], NDArray[np.int64]]:
        """Return the outputs that stand at or after the next samples and before those that follow.

        Parameters
        ----------
        first
            absolute index of the first sample
        samples
            (channels, n) float64

        Returns
        -------
        first
            absolute index of the first output, at the model's rate
        outputs
            (channels, m) float64
        newest
            (m,) int64: which of the n samples was the newest that an output used
        """
        if self._step == self._parts:
            return first, samples, np.arange(samples.shape[1])
        begin, end = self.first_at(first), self.first_at(first + samples.shape[1])
        # Python integers first: index times numerator leaves 64 bits long before the index does.
        start = begin * self._step - first * self._parts
        place = start + np.arange(end - begin, dtype=np.int64) * self._step
        newest = place // self._parts
        if self.taps == 1:
            return begin, samples[:, newest], newest
        # Rounded to the nearest phase; `parts` phases or fewer are all there, and nothing is rounded.
        phase = ((place % self._parts) * self._phases + self._parts // 2) // self._parts
        history = np.concatenate([self._newest, samples], axis=1)
        self._newest = history[:, samples.shape[1] :].copy()
        return begin, self._interpolate(history, newest, phase), newest

    def _interpolate(
        self, history: NDArray[np.float64], oldest: NDArray[np.int64], phase: NDArray[np.int64]
    ) -> NDArray[np.float64]:
        products = history.take(oldest[:, None] + self._lags, axis=1) * self._kernel[phase]
        # Over the last axis a sum has the same order of terms for any number of outputs; a matrix product may not.
        outputs: NDArray[np.float64] = products.sum(axis=-1)
        return outputs


@cache
def sample_ratio(rate_hz: float, model_rate_hz: float) -> Fraction:
    """Return how many samples of the stream go to one of the model.

    Every index that is turned from one rate into the other rests on this one number. A rate of 256.0004 Hz counts as
    256, here and wherever a place in the stream is reckoned: with the declared rate in one place and its fraction in
    another, the two would drift apart by 35 samples a day.
    """
    return _fraction(rate_hz) / _fraction(model_rate_hz)


def whole_ratio(rate_hz: float, model_rate_hz: float) -> int:
    """Return how many samples of the stream make one of the model, where that is a whole number; else 1."""
    ratio = sample_ratio(rate_hz, model_rate_hz)
    return ratio.numerator if ratio.denominator == 1 else 1


def lead_s(rate_hz: float, model_rate_hz: float) -> float:
    """Return how far the last sample of a multiple, which is kept, stands behind its first; 0 where rates are none."""
    return (whole_ratio(rate_hz, model_rate_hz) - 1) / rate_hz


def _fraction(rate_hz: float) -> Fraction:
    return Fraction(rate_hz).limit_denominator(LARGEST_DENOMINATOR)


def _taps(rate_hz: float, high_hz: float) -> int:
    """Return Kaiser's estimate of the even number of taps whose transition lies between the band and its image."""
    transition = 2.0 * np.pi * (rate_hz - 2.0 * high_hz) / rate_hz
    # The constants are Kaiser's (1974); `scipy.signal.kaiserord` has the same.
    taps = (STOPBAND_DB - 7.95) / (2.285 * transition) + 1.0
    return max(FEWEST_TAPS, 2 * int(np.ceil(taps / 2.0)))


def _kernel(taps: int, phases: int) -> NDArray[np.float64]:
    """Return (phases + 1, taps): Kaiser-windowed sinc, oldest tap first, each phase with unit gain at 0 Hz."""
    fraction = np.arange(phases + 1)[:, None] / phases
    lag = np.arange(taps) + 1.0 - taps / 2.0 - fraction
    beta = 0.1102 * (STOPBAND_DB - 8.7)
    window = np.i0(beta * np.sqrt(np.maximum(0.0, 1.0 - (2.0 * lag / taps) ** 2)))
    kernel = np.sinc(lag) * window
    # Without it the level of a signal would swing with the phase.
    return np.asarray(kernel / kernel.sum(axis=1, keepdims=True))
