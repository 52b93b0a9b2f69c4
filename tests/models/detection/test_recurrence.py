"""Recent events that look alike make a candidate likelier; what was called because of others calls nothing."""

import math

import pytest

from models.detection.clusters import RECENT, RECENT_S, Clusters
from models.detection.recurrence import Recurrence
from models.detection.shape import Shape, shape
from tests.models.detection.planted import FOCI, RATE_HZ, event, largest

EACH = 0.7


def seen(focus: int, seed: int) -> Shape:
    """Return the shape of one event of a focus."""
    samples = event(FOCI[focus], seed)
    return shape(samples, *largest(samples), RATE_HZ)


def a_recurrence(*at_s: float, probability: float = 0.9) -> Recurrence:
    """Return what knows of events of the first focus at some times, each with a probability of its own."""
    recurrence = Recurrence(Clusters(), EACH, threshold=0.75)
    for seed, one in enumerate(at_s):
        recurrence.push(seen(0, seed), one, probability, similar=0)
    return recurrence


def test_earlier_events_of_the_same_focus_count_and_those_of_another_do_not() -> None:
    """By field and course."""
    recurrence = a_recurrence(10.0, 20.0)
    recurrence.push(seen(1, 7), 25.0, 0.9, similar=0)
    assert [recurrence.similar(seen(focus, 50), 30.0) for focus in (0, 1, 2)] == [2, 1, 0]


def test_only_recent_and_earlier_ones_count_and_no_more_than_a_few() -> None:
    """In whole seconds of the recording."""
    recurrence, candidate = a_recurrence(100.0, 110.0, 120.0, 130.0), seen(0, 50)
    assert recurrence.similar(candidate, 131.0) == RECENT == 3
    # The newest three are known.
    assert [recurrence.similar(candidate, at_s) for at_s in (115.0, 125.0)] == [1, 2]
    last_s = 130.0 + RECENT_S
    assert [recurrence.similar(candidate, at_s) for at_s in (last_s - 0.5, last_s)] == [1, 0]


def test_each_adds_to_the_log_odds() -> None:
    """Even odds and two events are odds of exp(1.4)."""
    recurrence = a_recurrence()
    assert recurrence.raised(0.5, 2) == pytest.approx(1 / (1 + math.exp(-2 * EACH)))
    assert recurrence.raised(0.5, 0) == 0.5


def test_an_event_that_others_helped_counts_for_no_later_one() -> None:
    """Its probability alone decides, which is what `raised` was given."""
    recurrence = a_recurrence(10.0)
    helped = recurrence.raised(0.7, 1)
    assert helped > 0.75
    recurrence.push(seen(0, 8), 20.0, helped, similar=1)
    assert recurrence.similar(seen(0, 50), 30.0) == 1
    recurrence.push(seen(0, 9), 25.0, recurrence.raised(0.8, 1), similar=1)
    assert recurrence.similar(seen(0, 50), 30.0) == 2


def test_a_verifier_without_recurrence_leaves_all_as_it_is() -> None:
    """Nothing counts, whatever came before."""
    clusters = a_recurrence(10.0, 20.0).clusters
    assert clusters.similar(seen(0, 50), 30.0) == 2
    assert Recurrence(clusters, 0.0, threshold=0.75).similar(seen(0, 50), 30.0) == 0


def test_what_counts_is_the_same_after_a_restart() -> None:
    """A journal of an earlier version, whose clusters have no times, begins to count anew."""
    before, after, older = a_recurrence(10.0, 1_209_600.5), Clusters(), Clusters()
    states = before.clusters.states()
    after.restore(states)
    at_s = 1_209_630.0
    assert after.similar(seen(0, 50), at_s) == before.similar(seen(0, 50), at_s) == 1
    older.restore({number: state[: -4 * RECENT] for number, state in states.items()})
    assert older.similar(seen(0, 50), at_s) == 0
    assert older.like(seen(0, 50)) == 1
