"""Negatives that the network takes for discharges come back, at most so many of a subject."""

import numpy as np
import pytest

from models.training import mining
from models.training.recipe import Recipe

NEGATIVES = np.array([10, 20, 30, 40, 50, 60])
SUBJECTS = np.array([0, 0, 0, 1, 1, 2])
PROBABILITIES = np.array([0.9, 0.2, 0.8, 0.05, 0.7, 0.1], np.float32)


def recipe(**changes: object) -> Recipe:
    """Return a plain recipe with some keys changed."""
    return Recipe.plain("bce").changed(changes)


@pytest.mark.parametrize(
    ("epochs", "rounds", "before"), [(3, 0, ()), (6, 2, (2, 4)), (4, 3, (1, 2, 3)), (100, 3, (25, 50, 75))]
)
def test_rounds_are_evenly_spaced(epochs: int, rounds: int, before: tuple[int, ...]) -> None:
    """The first epochs learn without, and the last ones learn from what was found."""
    assert mining.epochs(recipe(epochs=epochs, mine_rounds=rounds)) == before


def test_the_most_probable_come_first() -> None:
    """Those below the limit are left out; one on it counts."""
    assert mining.hardest(NEGATIVES, SUBJECTS, PROBABILITIES, 0.1).tolist() == [10, 30, 50, 20, 60]
    assert mining.hardest(NEGATIVES, SUBJECTS, PROBABILITIES, 0.95).tolist() == []


def test_no_subject_has_more_than_its_share(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of the first subject only the most probable one stays."""
    monkeypatch.setattr(mining, "PER_SUBJECT", 1)
    assert mining.hardest(NEGATIVES, SUBJECTS, PROBABILITIES, 0.1).tolist() == [10, 50, 60]


def test_a_quarter_of_an_epoch_is_hard_and_each_comes_about_equally_often() -> None:
    """The number of negatives stays what the plan says."""
    drawn, hard = np.arange(1000, 1100), np.array([1, 2, 3])
    found = mining.mixed(drawn, hard, recipe(), epoch=0)
    assert len(found) == 100
    assert found[:75].tolist() == drawn[:75].tolist()
    assert sorted(np.bincount(found[75:])[1:].tolist()) == [8, 8, 9]


def test_an_epoch_draws_its_own_and_always_the_same() -> None:
    """A resumed run sees the negatives that it would have seen."""
    drawn, hard = np.arange(1000, 1100), np.arange(50)
    first, again, other = (mining.mixed(drawn, hard, recipe(), epoch) for epoch in (3, 3, 4))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


def test_nothing_found_changes_nothing() -> None:
    """As before the first round."""
    drawn = np.arange(5)
    assert mining.mixed(drawn, np.empty(0, np.int64), recipe(), 0) is drawn
