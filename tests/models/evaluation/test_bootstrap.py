"""Intervals are those of people drawn again, with all that is known of each."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.evaluation.bootstrap import SEED, Estimate, counted, ratio, weighted
from models.evaluation.metrics import Floats, Ranked, auroc


def _recall(sums: Floats) -> Floats:
    return ratio(sums[:, 0], sums[:, 1])


def _drawn_people(subjects: int, draws: int) -> list[list[int]]:
    """Return the people of each draw, written out one by one."""
    times = np.random.default_rng(SEED).multinomial(subjects, np.full(subjects, 1 / subjects), draws)
    return [[person for person, often in enumerate(row) for _ in range(often)] for row in times]


def test_a_slow_twin_copies_windows() -> None:
    """Weights give what copying every window of every drawn person gives."""
    rng = np.random.default_rng(1)
    subjects = rng.integers(0, 6, 80)
    # Rounded, so that ties come up.
    labels, scores = rng.random(80) < 0.4, np.round(rng.random(80), 1)
    names = np.unique(subjects)
    slow = []
    for people in _drawn_people(len(names), 50):
        rows = np.concatenate([np.flatnonzero(subjects == names[person]) for person in people])
        slow.append(auroc(labels[rows], scores[rows]))
    got = weighted(Ranked(labels, scores).auroc, subjects, draws=50)
    assert got.value == auroc(labels, scores)
    assert (got.low, got.high) == pytest.approx(tuple(np.nanquantile(slow, [0.025, 0.975])))
    assert got.low < got.value < got.high


@settings(max_examples=20)
@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5)), min_size=2, max_size=6))
def test_sums_and_weights_agree(people: list[tuple[int, int]]) -> None:
    """A person with `found` of `found + missed` counts the same as that many windows of weight."""
    rows = [(person, hit) for person, (found, missed) in enumerate(people) for hit in [1] * found + [0] * missed]
    # A person without any window is no subject of windows.
    if len({person for person, _ in rows}) < len(people):
        return
    subjects, hits = np.array(rows).T
    by_sums = counted([(found, found + missed) for found, missed in people], _recall, draws=40)
    by_weights = weighted(lambda weights: float((weights * hits).sum() / weights.sum()), subjects, draws=40)
    assert by_sums.value == pytest.approx(by_weights.value)
    assert (by_sums.low, by_sums.high) == pytest.approx((by_weights.low, by_weights.high))


def test_one_subject_has_no_interval_and_says_so() -> None:
    """However many windows it has: there is no one else to draw."""
    got = weighted(Ranked([1, 0, 1, 0], [0.9, 0.1, 0.8, 0.2]).auroc, [7, 7, 7, 7])
    assert (got.value, got.subjects) == (1.0, 1)
    assert np.isnan([got.low, got.high]).all()
    assert str(got) == "1 (one subject: no interval)"


def test_draws_without_positives_are_left_out() -> None:
    """One of two people has all discharges: a quarter of the draws have no recall, and the others agree."""
    got = counted([(3, 4), (0, 0)], _recall, draws=200)
    assert got == Estimate(0.75, 0.75, 0.75, 2)


def test_people_and_not_windows_are_drawn() -> None:
    """Ten alike windows of each of two people leave the interval as wide as one of each does."""
    alone = counted([(0, 1), (1, 1)], _recall)
    many = counted([(0, 10), (10, 10)], _recall)
    assert (many.low, many.high) == (alone.low, alone.high) == (0.0, 1.0)
