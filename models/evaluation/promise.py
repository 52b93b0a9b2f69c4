"""What reviewed events promise of all: an exact lower bound on the share that is true, and the threshold that keeps it.

The bound is that of Clopper and Pearson (Biometrika 1934), one-sided. It holds for events that were drawn by chance,
not for those that a reviewer picked.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from scipy.special import betaincinv

from models.evaluation.bootstrap import LEVEL

PROMISED: Final = 0.8
"""The share of true events that is promised by default."""
FEWEST: Final = 14
"""Reviews without a false one that show 80 % at 95 %: fewer show nothing, whatever they say."""
STEP: Final = 2
"""Finer steps stop at a threshold nearer to the lowest one; of 200 simulated patients it broke none (test_promise)."""


@dataclass(frozen=True, slots=True)
class Reviewed:
    """One event that was drawn by chance and judged."""

    probability: float
    true: bool


@dataclass(frozen=True, slots=True)
class Promise:
    """From `threshold` on at least `share` of the events are true; `shown` is the bound of `true` in `reviews`."""

    threshold: float
    share: float
    shown: float
    true: int
    reviews: int


def lowest_share(true: int, reviews: int, level: float = LEVEL) -> float:
    """Return the share of true events from which so many in so many reviews are seen once in 1 / (1 - level) times.

    Parameters
    ----------
    true
        of the events reviewed, 0 to `reviews`
    reviews
        events drawn by chance and judged
    """
    return float(betaincinv(true, reviews - true + 1, 1 - level)) if true else 0.0


def promise(reviewed: Sequence[Reviewed], share: float = PROMISED) -> Promise | None:
    """Return the lowest threshold that reviews show to keep a promise, None where they show none.

    Thresholds are tested from the highest down, the first with FEWEST reviews above it and each with STEP more, and
    the first that fails ends it: so the chance of a broken promise is 1 - LEVEL for all of them together, and not for
    each (a fixed sequence of tests; Maurer et al. 1995). That needs the steps to be fixed before anything is judged:
    they are counted in reviews.
    """
    ordered = sorted(reviewed, key=lambda one: -one.probability)
    kept: Promise | None = None
    for count in _steps(len(ordered)):
        true = sum(one.true for one in ordered[:count])
        shown = lowest_share(true, count)
        if shown < share:
            break
        kept = Promise(ordered[count - 1].probability, share, shown, true, count)
    return kept


def _steps(reviews: int) -> range:
    """Return how many of the most probable reviews each test takes."""
    return range(FEWEST, reviews + 1, STEP)
