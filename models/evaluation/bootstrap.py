"""Intervals by drawing subjects again: windows of one person are alike, and tell little more than one window.

The percentile bootstrap over subjects (Efron and Tibshirani 1993): as many subjects as there are, drawn with
replacement, each with all their windows or events; the middle 95 % of the figure over all draws.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

DRAWS: Final = 1000
LEVEL: Final = 0.95
# Fixed, so that the same windows always have the same interval.
SEED: Final = 1997

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Estimate:
    """A figure, and between what it lies for people like these; NaN to NaN where there are fewer than two subjects."""

    value: float
    low: float
    high: float
    subjects: int

    def __str__(self) -> str:
        if self.subjects < 2:
            return f"{self.value:.3g} (one subject: no interval)"
        return f"{self.value:.3g} ({self.low:.3g} to {self.high:.3g})"


def weighted(
    statistic: Callable[[Floats], float],
    subjects: ArrayLike,
    *,
    draws: int = DRAWS,
) -> Estimate:
    """Estimate any statistic of windows, one draw at a time.

    Parameters
    ----------
    statistic
        From weights (n,), how often each window was drawn, to a number, such as `Ranked(labels, probabilities).auroc`.
        Draws in which it is NaN (no positive window drawn) are left out.
    subjects
        (n,) whose window each is: any names or numbers.
    """
    names, place = np.unique(np.asarray(subjects), return_inverse=True)
    value = statistic(np.ones(len(place)))
    drawn = (statistic(times[place]) for times in _times(len(names), draws))
    return _estimate(value, np.fromiter(drawn, np.float64), len(names))


def counted(
    counts: ArrayLike,
    figure: Callable[[Floats], Floats],
    *,
    draws: int = DRAWS,
) -> Estimate:
    """Estimate a figure of sums, all draws at once.

    Parameters
    ----------
    counts
        (subjects, k) what each subject adds to the sums.
    figure
        From sums (draws, k) to the figure (draws,); NaN is left out.
    """
    each = np.asarray(counts, np.float64)
    # Sums suffice for ratios: all draws are then one product of matrices.
    value = float(figure(each.sum(axis=0, keepdims=True))[0])
    return _estimate(value, figure(_times(len(each), draws) @ each), len(each))


def ratio(part: Floats, whole: Floats) -> Floats:
    """Return part / whole, NaN for 0/0: a figure for `counted`."""
    found: Floats = np.divide(part, whole, out=np.full(np.shape(whole), np.nan), where=whole > 0)
    return found


def _times(subjects: int, draws: int) -> Floats:
    """Return how often each subject is drawn: (draws, subjects). One subject alone is never drawn."""
    if subjects < 2:
        return np.zeros((0, subjects))
    rng = np.random.default_rng(SEED)
    # How often each comes among n draws with replacement is multinomial; nothing need be copied.
    return rng.multinomial(subjects, np.full(subjects, 1 / subjects), draws).astype(np.float64)


def _estimate(value: float, drawn: Floats, subjects: int) -> Estimate:
    # A draw without any positive has no such figure.
    finite = drawn[np.isfinite(drawn)]
    if not finite.size:
        return Estimate(value, float("nan"), float("nan"), subjects)
    low, high = np.quantile(finite, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return Estimate(value, float(low), float(high), subjects)
