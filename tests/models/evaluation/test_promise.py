"""The promise of a share of true events: the exact bound, and how often it is broken."""

import numpy as np
import pytest
from scipy.stats import binom

from models.evaluation.promise import Reviewed, lowest_share, promise


@pytest.mark.parametrize(("reviews", "false"), [(14, 0), (22, 1), (30, 2)])
def test_the_fewest_reviews_that_promise_80_percent(reviews: int, false: int) -> None:
    """With one review less, they do not."""
    assert lowest_share(reviews - false, reviews) >= 0.8
    assert lowest_share(reviews - 1 - false, reviews - 1) < 0.8


@pytest.mark.parametrize(("true", "reviews"), [(1, 1), (13, 14), (20, 22), (3, 30)])
def test_the_bound_is_where_the_binomial_tail_is_five_percent(true: int, reviews: int) -> None:
    """By definition; nothing true shows nothing."""
    assert float(binom.sf(true - 1, reviews, lowest_share(true, reviews))) == pytest.approx(0.05, abs=1e-9)
    assert lowest_share(0, reviews) == 0.0


def test_a_promise_names_the_lowest_threshold_that_is_shown() -> None:
    """Thirty true ones, then ten false: two of 32 are few enough, four of 34 are not, whatever comes below."""
    true = [Reviewed(0.99 - 0.01 * number, true=True) for number in range(30)]
    false = [Reviewed(0.5 - 0.01 * number, true=False) for number in range(10)]
    found = promise(true + false)
    assert found is not None
    assert (found.reviews, found.true, found.threshold) == (32, 30, false[1].probability)


def test_thirteen_reviews_promise_nothing() -> None:
    """However sure they are."""
    assert promise([Reviewed(0.9, true=True)] * 13) is None


def test_at_most_one_promise_in_twenty_is_broken_and_little_is_lost() -> None:
    """200 patients, 30 clicks each; a tolerance of two standard errors of a count of 200."""
    rng, broken, lost = np.random.default_rng(4), 0, []
    for _ in range(200):
        purity, separation = rng.uniform(0.4, 0.99), rng.uniform(1.5, 4.0)
        true = rng.random(1000) < purity
        scores = 1 / (1 + np.exp(-rng.normal(separation * true, 1.0)))
        drawn = rng.choice(1000, 30, replace=False)
        found = promise([Reviewed(float(scores[one]), true=bool(true[one])) for one in drawn])
        best = best_sensitivity(scores, true)
        if found is None:
            continue
        above = scores >= found.threshold
        broken += bool(true[above].mean() < 0.8)
        lost.append(best - true[above].sum() / true.sum())
    assert broken <= 10 + 2 * np.sqrt(200 * 0.05 * 0.95)
    assert len(lost) >= 60


def best_sensitivity(scores: np.ndarray, true: np.ndarray) -> float:
    """Return the share of true events above the lowest threshold that keeps 80 %, known from all of them."""
    order = np.argsort(-scores)
    hits = np.cumsum(true[order])
    kept = np.flatnonzero(hits / np.arange(1, len(true) + 1) >= 0.8)
    return float(hits[kept[-1]] / true.sum()) if kept.size else 0.0
