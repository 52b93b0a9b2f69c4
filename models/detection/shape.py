"""What an event looks like in all derivations: where it is large, its course, and where it comes first."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]

BEFORE_S: Final = 0.25
AFTER_S: Final = 0.25
"""The waveform of an event is kept from so long before its peak to so long after it, as far as it has come."""
COURSE_S: Final = (0.15, 0.0625)
"""What is compared of two events: all of it has come when an event is decided."""
NEAR_S: Final = 0.05
"""In other derivations the same discharge peaks within so long of the main one."""
LARGE: Final = 0.5
"""Derivations that reach this share of the largest deflection may lead."""


@dataclass(frozen=True, slots=True)
class Shape:
    """One event in all derivations.

    Attributes
    ----------
    features
        (rows + course,) float32 of length 1: what two events are compared by
    waveform
        (rows, samples) float32 around the peak, NaN where nothing has come yet
    lead
        the derivation that peaks first
    """

    features: Floats
    waveform: Floats
    lead: int


def shape(samples: Floats, row: int, peak: int, rate_hz: float) -> Shape:
    """Describe an event.

    Parameters
    ----------
    samples
        (rows, n) float32, all derivations up to the newest sample
    row
        the derivation with the largest deflection
    peak
        its index into the n samples
    """
    before, after = round(BEFORE_S * rate_hz), round(AFTER_S * rate_hz)
    waveform = np.full((len(samples), before + after), np.nan, np.float32)
    known = samples[:, max(0, peak - before) : peak + after]
    at = max(0, before - peak)
    waveform[:, at : at + known.shape[1]] = known
    topography = _unit(samples[:, peak])
    start, end = peak - round(COURSE_S[0] * rate_hz), peak + round(COURSE_S[1] * rate_hz)
    # Seen through the topography, a course is the same whichever of two equal derivations was the larger one.
    course = _unit(topography @ samples[:, max(0, start) : end])
    course = np.pad(course, (max(0, -start), 0))
    features = np.concatenate([topography, course]) / np.float32(np.sqrt(2))
    return Shape(features.astype(np.float32), waveform, _lead(samples, row, peak, rate_hz))


def _unit(vector: Floats) -> Floats:
    length = np.linalg.norm(vector)
    return vector / length if length else vector


def _lead(samples: Floats, row: int, peak: int, rate_hz: float) -> int:
    """Return the derivation whose deflection peaks first, of those that are large."""
    reach = round(NEAR_S * rate_hz)
    first = max(0, peak - reach)
    near = np.abs(samples[:, first : peak + reach + 1])
    heights = near.max(axis=1)
    large = np.flatnonzero(heights >= LARGE * near[row, peak - first])
    # Of derivations that peak together, as on both sides of one electrode, the larger one leads.
    return int(min(large, key=lambda one: (round(_vertex(near[one]), 1), -float(heights[one])), default=row))


def _vertex(magnitude: Floats) -> float:
    """Return where the largest of some samples lies, between samples by the parabola through it."""
    at = int(np.argmax(magnitude))
    if not 0 < at < len(magnitude) - 1:
        return float(at)
    left, middle, right = (float(magnitude[at + step]) for step in (-1, 0, 1))
    curvature = left - 2 * middle + right
    return at + (0.5 * (left - right) / curvature if curvature else 0.0)
