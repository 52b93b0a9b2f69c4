"""A trace as a row of half-waves: what a mimetic detector measures (Gotman and Gloor, EEG Clin Neurophysiol 41, 1976).

A half-wave leads from one extreme of the trace to the next, small wiggles on its way left out. A wave is two half-waves
and the vertex between them. Amplitudes and sharpness are relative to the background, their mean over the five seconds
before. A half-wave's pseudo-duration is twice the time from the vertex to half its amplitude, so that a slow end does
not make a sharp wave look wide.

Differs from the paper: 128 samples a second instead of 200, behind the band-pass filter of a bed; what is small, and
over how many samples sharpness is taken, are ours. Written from the paper's description, not checked against its code.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from models.signal.conditioning import MODEL_RATE_HZ

BACKGROUND_S: Final = 5.0
SMALL: Final = 0.2
"""A turn of less than this share of the trace's mean absolute value ends no half-wave."""
REACH: Final = 2
"""Samples (16 ms) on either side of a vertex over which its sharpness is taken."""

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Waves:
    """The waves (n,) of one trace.

    `vertices` are samples; `amplitudes` (n, 2), relative, and `durations_s` (n, 2), pseudo, are of the half-wave before
    a vertex and the one behind it, `lengths_s` (n, 2) from extreme to extreme; `sharpness` is relative; `values` the
    trace at the vertex.
    """

    vertices: NDArray[np.int64]
    amplitudes: Floats
    durations_s: Floats
    lengths_s: Floats
    sharpness: Floats
    values: Floats


def waves(trace: NDArray[np.float32]) -> Waves:
    """Return the waves of a trace (m,)."""
    x = trace.astype(np.float64)
    at = extremes(x, SMALL * float(np.abs(x).mean()))
    heights = np.abs(np.diff(x[at]))
    inner = at[1:-1]
    curvature = np.abs(x[np.maximum(inner - REACH, 0)] - 2 * x[inner] + x[np.minimum(inner + REACH, len(x) - 1)])
    usual = _usual(heights, at[1:])
    halves = np.array([_to_half(x, *ends) for ends in _halves(at)]).reshape(-1, 2)
    return Waves(
        vertices=inner,
        amplitudes=np.stack([heights[:-1], heights[1:]], 1) / usual[:-1, None],
        durations_s=2 * halves / MODEL_RATE_HZ,
        lengths_s=np.stack([inner - at[:-2], at[2:] - inner], 1) / MODEL_RATE_HZ,
        sharpness=curvature / _usual(curvature, inner),
        values=x[inner],
    )


def extremes(x: Floats, least: float) -> NDArray[np.int64]:
    """Return the samples at which a trace (m,) turns by more than `least`; two at the least that begin and end it."""
    turns = np.flatnonzero(np.diff(np.sign(np.diff(x))) != 0) + 1
    found = [0]
    # The last of `found` is where the trace may still turn: it moves on with a larger extreme of the same kind.
    for at in turns.tolist():
        rises = len(found) < 2 or x[found[-1]] > x[found[-2]]
        further = x[at] >= x[found[-1]] if rises else x[at] <= x[found[-1]]
        if abs(x[at] - x[found[-1]]) > least and (len(found) < 2 or not further):
            found.append(at)
        elif len(found) > 1 and further:
            found[-1] = at
    return np.array([*found, len(x) - 1], np.int64)


def _halves(at: NDArray[np.int64]) -> list[tuple[int, int]]:
    """Return (vertex, far end) of both half-waves of every wave, one after the other."""
    ends = at.tolist()
    return [pair for k in range(1, len(ends) - 1) for pair in ((ends[k], ends[k - 1]), (ends[k], ends[k + 1]))]


def _to_half(x: Floats, vertex: int, end: int) -> float:
    """Return the samples from a vertex to half the way, in amplitude, to the end of its half-wave."""
    step = 1 if end > vertex else -1
    path = np.abs(x[vertex : end + step if end + step >= 0 else None : step] - x[vertex])
    reached = int(np.argmax(path >= path[-1] / 2))
    if reached == 0:
        return 0.0
    before, behind = path[reached - 1], path[reached]
    # Between two samples: one is 8 ms, a tenth of a sharp wave.
    return float(reached - 1 + (path[-1] / 2 - before) / (behind - before))


def _usual(values: Floats, at: NDArray[np.int64]) -> Floats:
    """Return the mean (n,) of the values in the BACKGROUND_S before each; at the beginning, of the first ones."""
    back = round(BACKGROUND_S * MODEL_RATE_HZ)
    sums = np.concatenate([[0.0], np.cumsum(values)])
    first = np.searchsorted(at, at - back)
    last = np.arange(len(at))
    # In the first seconds there is no background yet: it is taken from what follows.
    early = at < back
    first[early], last[early] = 0, max(1, int(np.searchsorted(at, back)))
    counts = np.maximum(last - first, 1)
    means: Floats = (sums[np.minimum(first + counts, len(values))] - sums[first]) / counts
    return np.maximum(means, 1e-9)
