"""Why an event looks like a discharge: the six criteria of the IFCN as numbers, from what is known when it is decided.

Kural et al. 2020 (doi 10.1212/WNL.0000000000009439) tested the criteria of Kane et al. 2017: a pointed peak, another
duration than the background's, an asymmetric waveform, a slow wave after it, a disturbed background, a field that fits
a source in the brain. Nothing here decides: a reader sees on what an event rests.
"""

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]

BACKGROUND_S: Final = 2.0
"""So long before its onset lies what a discharge is compared with."""
LEAST_S: Final = 0.5
"""With less background than this, nothing is compared."""
AFTER_S: Final = 0.1
"""Seconds after a discharge that must be known before its slow wave or a change can be measured."""
POINT_S: Final = 1 / 64
"""How far on either side of a peak its sharpness is measured: half of the shortest spike, 20 ms, is less."""


@dataclass(frozen=True, slots=True)
class Reasons:
    """The criteria of one event; NaN where too little of the signal is known.

    Attributes
    ----------
    sharpness
        curvature of the peak over the background's, as a multiple of its root mean square
    duration_ms
        as long as the deflection stays above a share of its peak (`models.detection.sightings`)
    asymmetry
        from -1 to 1: how much longer the fall from the peak takes than the rise to it, as a share of both
    after_wave
        the largest deflection of 100 ms after the discharge, as a share of its peak
    background_change
        root mean square of what is known after the discharge, over that of the background before it
    field
        share of the energy at the peak, over the background's, that lies outside the two largest derivations: one
        electrode alone shows in two, so near 0 no more than an electrode is seen
    """

    sharpness: float = math.nan
    duration_ms: float = math.nan
    asymmetry: float = math.nan
    after_wave: float = math.nan
    background_change: float = math.nan
    field: float = math.nan


UNKNOWN: Final = Reasons()


def reasons(samples: Floats, row: int, onset: int, peak: int, offset: int, rate_hz: float) -> Reasons:
    """Measure the six criteria.

    Parameters
    ----------
    samples
        (rows, n) float32, all derivations up to the newest sample; zero where nothing is known
    row
        the derivation with the largest deflection
    onset, peak, offset
        indices into the n samples; `offset` is the last sample of the discharge
    """
    first = max(0, onset - round(BACKGROUND_S * rate_hz))
    before = samples[:, first:onset]
    # Zeros are samples from before a gap, or of a derivation that may not be analysed.
    if np.count_nonzero(before[row]) < LEAST_S * rate_hz or not samples[row, peak]:
        return UNKNOWN
    trace = samples[row] - np.median(before[row])
    after, level, least = trace[offset + 1 :], _rms(trace[first:onset]), round(AFTER_S * rate_hz)
    knows_after = len(after) >= least
    wave = _largest_mean(after, least) / abs(float(trace[peak])) if knows_after else math.nan
    return Reasons(
        sharpness=_sharpness(trace, first, onset, peak, round(POINT_S * rate_hz)),
        duration_ms=(offset + 1 - onset) / rate_hz * 1e3,
        asymmetry=_asymmetry(np.abs(trace), peak),
        after_wave=wave,
        background_change=_rms(after) / level if knows_after else math.nan,
        field=_field(samples[:, peak], before),
    )


def _rms(samples: NDArray[np.floating]) -> float:
    return float(np.sqrt(np.mean(np.square(samples))))


def _sharpness(trace: Floats, first: int, onset: int, peak: int, step: int) -> float:
    """Return the curvature at the peak over that of trace[first:onset]."""
    if not step <= peak < len(trace) - step:
        return math.nan
    curvature = trace[step:-step] - (trace[: -2 * step] + trace[2 * step :]) / 2
    background = _rms(curvature[max(0, first - step) : onset - 2 * step])
    return abs(float(curvature[peak - step])) / background if background else math.nan


def _asymmetry(magnitude: Floats, peak: int) -> float:
    """Return how the times from half of the peak up and down again differ."""
    rise, fall = _to_half(magnitude[peak::-1]), _to_half(magnitude[peak:])
    return (fall - rise) / (fall + rise)


def _to_half(leaving: Floats) -> float:
    """Return after how many samples the magnitude, from its peak on, has halved; between samples, on a line."""
    half = leaving[0] / 2
    below = np.flatnonzero(leaving < half)
    if not below.size:
        return float(len(leaving))
    at = int(below[0])
    return at - float((half - leaving[at]) / (leaving[at - 1] - leaving[at]))


def _largest_mean(after: Floats, length: int) -> float:
    """Return the magnitude of the largest mean of so many samples in a row."""
    total = np.concatenate([[0.0], np.cumsum(after, dtype=np.float64)])
    return float(np.abs(total[length:] - total[:-length]).max()) / length


def _field(at_peak: Floats, before: Floats) -> float:
    centre = np.median(before, axis=1)
    energy = np.sort(np.maximum(np.square(at_peak - centre) - before.var(axis=1), 0))
    total = float(energy.sum())
    return float(energy[:-2].sum()) / total if total else math.nan
