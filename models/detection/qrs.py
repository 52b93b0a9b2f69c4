"""Whether a candidate is a QRS complex, a beat of the heart: the same all over the head, again and again, at its pace.

QRS complexes reach the scalp, and on a low EEG they are the largest and sharpest thing there is. One alone can look
like a spike in every respect; the ten seconds before it tell. Discharges come back less steadily than a heart: most
periodic ones vary more from one to the next, are longer, or leave a slow wave behind.
"""

from functools import cache
from typing import Final

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray
from scipy.signal import butter, find_peaks, sosfiltfilt

Floats = NDArray[np.floating]

LOOKED_BACK_S: Final = 10.0
"""How much of the past is looked at: seven beats of a slow heart."""
BAND_HZ: Final = (6.0, 40.0)
"""Where the energy of a QRS complex lies; below it EEG is larger."""
HALF_S: Final = 0.0625
"""Beats are compared from so long before their peak to so long after it."""
ALIKE: Final = 0.65
"""Correlation over all derivations and samples from which two are of one shape and one field."""
SMALLEST: Final = 0.5
"""Size of an earlier beat beside the candidate, at the least."""
BEATS: Final = 4
"""So many earlier ones at the least: fewer may be chance."""
PERIOD_S: Final = (0.4, 1.5)
"""150 to 40 beats a minute. Faster rhythms may be spike and wave."""
VARIATION: Final = 0.1
"""Intervals that differ by less than this share from the median are steady."""
STEADY: Final = 0.7
"""Share of steady intervals, at the least. A heart in atrial fibrillation has fewer and is not recognised."""
THROUGHOUT: Final = 0.5
"""Share of the beats that belong into the past that are found there, at the least: a run of spikes begins and ends."""
LONGEST_S: Final = 0.0625
"""Width of a beat at half its height."""
AFTER_WAVE: Final = 0.6
"""Size of what follows a beat within AFTER_S, beside the beat: a T wave is smaller, the wave after a spike is not."""
SPREAD: Final = 0.5
"""Share of the derivations that a beat takes part in, at the least, as (sum)^2 / sum of squares tells it: a heart is
far away, and seen all over the head; a focus is not."""
FEWEST: Final = 8
"""Derivations, without which nothing is known of the whole head."""
AFTER_S: Final = (0.08, 0.35)
"""From so long after a beat's peak to so long after it: its T wave, or the slow wave of a spike."""
_BASE_S: Final = (0.16, 0.06)  # before a beat's peak: what the mean beat is measured from
_NEAR_S: Final = 0.03  # from the candidate's peak to where the whole head shows most


def is_qrs(samples: Floats, peak: int, rate_hz: float) -> bool:
    """Return whether a candidate is one of a row of heartbeats.

    The limits are choices of ours, made on hearts and discharges laid on the recordings of twelve healthy people, and
    on simulated patients, some with periodic discharges.

    Parameters
    ----------
    samples
        (rows, n), all derivations of a recording: LOOKED_BACK_S before the candidate and what has come after it; zero
        is what was not recorded
    peak
        the candidate's index into the n samples
    """
    recorded = np.flatnonzero(samples.any(axis=0))
    first = max(0, peak - round(LOOKED_BACK_S * rate_hz), *recorded[:1])
    if peak - first < BEATS * PERIOD_S[0] * rate_hz:
        return False
    samples = samples[samples.any(axis=1), first:]
    if len(samples) < FEWEST:
        return False
    beats, at = _alike(samples, peak - first, rate_hz)
    if len(beats) < BEATS:
        return False
    intervals_s = np.diff([*beats, at]) / rate_hz
    lasts = len(beats) * float(np.median(intervals_s)) >= THROUGHOUT * at / rate_hz
    return lasts and _is_steady(intervals_s, rate_hz) and _is_like_a_qrs(samples, beats, rate_hz)


def _alike(samples: Floats, peak: int, rate_hz: float) -> tuple[list[int], int]:
    """Return where earlier ones of the same shape and field peak, and where the candidate does."""
    half, near = round(HALF_S * rate_hz), round(_NEAR_S * rate_hz)
    filtered = sosfiltfilt(_band(rate_hz), samples, axis=1)
    power = np.sum(filtered**2, axis=0)
    first = max(half, peak - near)
    at = first + int(np.argmax(power[first : peak + near + 1]))
    if at + half >= len(power):
        return [], at
    template = filtered[:, at - half : at + half + 1]
    dot = np.einsum("rnw,rw->n", sliding_window_view(filtered, 2 * half + 1, axis=1), template)
    energy = np.convolve(power, np.ones(2 * half + 1), "valid")
    own = float(energy[at - half])
    alike = np.where(dot > SMALLEST * own, dot / np.sqrt(energy * own + np.finfo(np.float32).tiny), 0)
    apart = round(0.75 * PERIOD_S[0] * rate_hz)
    found, _ = find_peaks(alike, height=ALIKE, distance=apart)
    return [int(one) + half for one in found if one + half <= at - apart], at


@cache
def _band(rate_hz: float) -> NDArray[np.float64]:
    """Return the sections of the filter; they take longer to make than to apply."""
    sections: NDArray[np.float64] = butter(2, BAND_HZ, "bandpass", fs=rate_hz, output="sos")
    return sections


def _is_steady(intervals_s: Floats, rate_hz: float) -> bool:
    """Return whether beats follow each other at the pace of a heart."""
    period_s = float(np.median(intervals_s))
    # At a low rate an interval is known to a sample and a half.
    tolerated_s = max(VARIATION * period_s, 1.5 / rate_hz)
    steady = float(np.mean(np.abs(intervals_s - period_s) <= tolerated_s))
    return PERIOD_S[0] <= period_s <= PERIOD_S[1] and steady >= STEADY


def _is_like_a_qrs(samples: Floats, beats: list[int], rate_hz: float) -> bool:
    """Return whether the mean beat is seen all over, as brief as a QRS complex, and without a slow wave behind it."""
    before, after = round(_BASE_S[0] * rate_hz), round(AFTER_S[1] * rate_hz)
    whole = [at for at in beats if at >= before and at + after <= samples.shape[1]]
    if not whole:
        return False
    mean = np.mean([samples[:, at - before : at + after] for at in whole], axis=0)
    mean -= mean[:, : round((_BASE_S[0] - _BASE_S[1]) * rate_hz)].mean(axis=1, keepdims=True)
    # Projected on its own field a beat is one curve, and positive.
    course = mean[:, before] @ mean
    low = np.flatnonzero(course < course[before] / 2)
    left, right = low[low < before], low[low > before]
    width = (right[0] if len(right) else len(course)) - (left[-1] if len(left) else -1) - 1
    wave = np.abs(course[before + round(AFTER_S[0] * rate_hz) :]).max()
    sizes = np.abs(mean[:, before])
    spread = sizes.sum() ** 2 / np.sum(sizes**2)
    is_brief = width <= LONGEST_S * rate_hz and wave <= AFTER_WAVE * course[before]
    return bool(is_brief and spread >= SPREAD * len(sizes))
