"""Features of sleep: what each second of EEG measures, and what the last 30 s and the minutes before them say of it.

The measures are those that hand-written and learned stagers share (band powers, spectral peaks of alpha and spindles,
amplitude of slow waves; Vallat and Walker 2021, eLife 10:e70092, has a list and what each is worth). The last 30 s are
compared with the past alone, so that one person's amplitudes do not decide and nothing waits for the future.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.fft import irfft, rfft

Float32 = NDArray[np.float32]
Float64 = NDArray[np.float64]

RATE_HZ: Final = 128
SEGMENT_SAMPLES: Final = 2 * RATE_HZ
EPOCH_SEGMENTS: Final = 29
"""Segments of 2 s, one a second, that lie within 30 s."""
STEP_S: Final = 5.0
"""From one set of features to the next."""

BANDS_HZ: Final = ((1, 2), (2, 4), (4, 6), (6, 8), (8, 11), (11, 13), (13, 16), (16, 22), (22, 30), (30, 40))
MEASURES: Final = len(BANDS_HZ) + 3
"""Natural logarithms: power of each band, height of the slow waves, and how far alpha and sigma stand out."""
_SLOW, _SIGMA, _ALPHA = len(BANDS_HZ), len(BANDS_HZ) + 1, len(BANDS_HZ) + 2

# So that a flat segment has a logarithm; far below any amplifier's noise in any unit.
_POWER_FLOOR: Final = 1e-30
_HZ: Final = np.fft.rfftfreq(SEGMENT_SAMPLES, 1 / RATE_HZ)
_HANN: Final = np.hanning(SEGMENT_SAMPLES + 1)[:-1].astype(np.float32)
_TO_DENSITY: Final = np.float32(2 / (RATE_HZ * (_HANN.astype(np.float64) ** 2).sum()))
_SLOW_BINS: Final = 9  # 0 to 4 Hz
_SLOW_SAMPLES: Final = 64  # 2 s at 32 Hz: enough for waves of 4 Hz

SLOW_WAVE_UV: Final = 75.0
"""Peak to peak; deep sleep has such waves in a fifth of an epoch or more (AASM manual; Silber 2007, JCSM 3:121)."""
BURST_QUANTILE: Final = 0.85
"""Over the segments of an epoch: what comes in bursts (spindles, K-complexes) shows above the median."""


def _within(low_hz: float, high_hz: float) -> NDArray[np.bool_]:
    return np.asarray((low_hz <= _HZ) & (high_hz > _HZ))


# The bands on the two sides of each rhythm, that it is compared with: below and above sigma, below and above alpha.
_BESIDE_HZ: Final = ((7.5, 10), (17, 20), (4.5, 7), (14, 18))
_MEANS: Final = np.stack([_within(*band) / _within(*band).sum() for band in (*BANDS_HZ, *_BESIDE_HZ)], axis=1).astype(
    np.float32
)
"""(bins, bands): one product gives the mean power of every band."""


def _bins(low_hz: float, high_hz: float) -> slice:
    return slice(int(np.searchsorted(_HZ, low_hz)), int(np.searchsorted(_HZ, high_hz)))


_SIGMA_BINS: Final = _bins(11, 16)
_ALPHA_BINS: Final = _bins(7.5, 12)


def measure(segments: Float32) -> Float32:
    """Measure segments of 2 s.

    Parameters
    ----------
    segments
        (rows, SEGMENT_SAMPLES) at RATE_HZ; in microvolts where amplitudes are to count.

    Returns
    -------
    numpy.ndarray
        float32 (rows, MEASURES); NaN for a row with a NaN in it.
    """
    centred = segments - segments.mean(axis=1, keepdims=True)
    # Not numpy's, which takes half as long again on rows as short as these.
    spectrum = rfft(centred * _HANN, axis=1)
    power = np.asarray(np.abs(spectrum) ** 2 * _TO_DENSITY + _POWER_FLOOR, np.float32)
    slow = spectrum[:, :_SLOW_BINS].copy()
    slow[:, :2] = 0  # below 1 Hz is drift, sweat and slow eyes
    course = irfft(slow, _SLOW_SAMPLES, axis=1) * (_SLOW_SAMPLES / SEGMENT_SAMPLES)
    means = np.log(power @ _MEANS)
    beside = means[:, len(BANDS_HZ) :]
    peaks = np.log([power[:, _SIGMA_BINS].max(axis=1), power[:, _ALPHA_BINS].max(axis=1)])
    found = np.empty((len(segments), MEASURES), np.float32)
    found[:, : len(BANDS_HZ)] = means[:, : len(BANDS_HZ)]
    found[:, _SLOW] = np.log(np.ptp(course, axis=1) + _POWER_FLOOR)
    found[:, _SIGMA] = peaks[0] - 0.5 * (beside[:, 0] + beside[:, 1])
    found[:, _ALPHA] = peaks[1] - 0.5 * (beside[:, 2] + beside[:, 3])
    return found


_WIDTHS: Final = np.array([high - low for low, high in BANDS_HZ], np.float64)
_UP_TO_30: Final = len(BANDS_HZ) - 1
_BASIC: Final = len(BANDS_HZ) + MEASURES + 3  # shares, bursts; prominences and slow waves over the level
_ABSOLUTE: Final = 3
# Shares of slow, delta, theta, sigma, fast; bursts of slow waves and of sigma; alpha; level.
_FOLLOWED: Final = 10
FEATURES: Final = _BASIC + _ABSOLUTE + 3 * _FOLLOWED + 1


def summarise(measures: Float64) -> tuple[Float64, Float64, Float64]:
    """Sum an epoch up.

    Parameters
    ----------
    measures
        (segments, MEASURES), finite.

    Returns
    -------
    tuple of numpy.ndarray
        What does not depend on the unit (_BASIC,); what does (_ABSOLUTE,); what is followed over minutes (_FOLLOWED,).
    """
    ranked = np.sort(measures, axis=0)
    middle, high = ranked[len(ranked) // 2], ranked[int(BURST_QUANTILE * (len(ranked) - 1))]
    bands = middle[: len(BANDS_HZ)]
    level = np.log(np.exp(bands[:_UP_TO_30]) @ _WIDTHS[:_UP_TO_30])
    shares, bursts = bands - level, high - middle
    slow = middle[_SLOW] - 0.5 * level
    basic = np.concatenate([shares, bursts, [middle[_SIGMA], middle[_ALPHA], slow]])
    # The taper that `measure` applies lowers waves off the middle: a wave counts in one of the segments it lies in.
    share = (measures[:, _SLOW] > np.log(SLOW_WAVE_UV)).mean()
    absolute = np.array([level, high[_SLOW], share])
    followed = np.concatenate([shares[[0, 1, 3, 7, 8, 9]], [high[_SIGMA], middle[_ALPHA], high[_SLOW], level]])
    return basic, absolute, followed


SHORT_S: Final = 120.0
LONG_S: Final = 450.0
"""Memory of the two running means: 2 min, and the 7.5 min over which YASA smooths its features."""
HISTORY: Final = 180
EVERY: Final = 2
"""Of every second set of features, this many are kept for the ranks of the past: 30 min."""


class RunningFeatures:
    """Sets an epoch beside the minutes before it."""

    def __init__(self) -> None:
        self._short = self._long = np.zeros(_FOLLOWED)
        self._seen = 0
        # A ring: the oldest is overwritten, and in which order they came does not matter.
        self._history, self._kept = np.empty((HISTORY, _FOLLOWED)), 0

    def next(self, measures: Float64, *, microvolts: bool = True) -> Float64:
        """Return the features (FEATURES,) of an epoch's measures (segments, MEASURES); NaN where a unit is missing."""
        basic, absolute, followed = summarise(measures)
        self._follow(followed)
        count = min(self._kept, HISTORY)
        quartiles = np.sort(self._history[:count], axis=0)[[count * q // 4 for q in (1, 2, 3)]]
        # 0.3: the spread within one stage; without it the first minutes would be divided by nothing.
        rank = (followed - quartiles[1]) / ((quartiles[2] - quartiles[0]) / 1.35 + 0.3)
        known = absolute if microvolts else np.full(_ABSOLUTE, np.nan)
        minutes = [min(np.log(self._seen), 6.0)]
        return np.concatenate([basic, known, followed - self._long, followed - self._short, rank, minutes])

    def _follow(self, followed: Float64) -> None:
        self._seen += 1
        # The first values count in full: a plain mean until the memory is filled.
        short, long = (max(1 / self._seen, STEP_S / seconds) for seconds in (SHORT_S, LONG_S))
        self._short = self._short + short * (followed - self._short)
        self._long = self._long + long * (followed - self._long)
        if self._seen % EVERY == 1:
            self._history[self._kept % HISTORY] = followed
            self._kept += 1
