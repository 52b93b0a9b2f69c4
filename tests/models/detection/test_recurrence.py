"""Recent events that look alike make a candidate likelier; what was called because of others calls nothing."""

import math

import pytest

from models.detection.clusters import COUNTED, REMEMBERED, Clusters
from models.detection.recurrence import RECENT_S, Recurrence
from models.detection.shape import Shape, shape
from tests.models.detection.planted import FOCI, RATE_HZ, event, largest

EACH = 0.7


def seen(focus: int, seed: int) -> Shape:
    """Return the shape of one event of a focus."""
    samples = event(FOCI[focus], seed)
    return shape(samples, *largest(samples), RATE_HZ)


def a_recurrence(*decided: int, probability: float = 0.9) -> Recurrence:
    """Return what knows of events of the first focus, decided at some samples, each with a probability of its own."""
    recurrence = Recurrence(Clusters(), EACH, threshold=0.75, rate_hz=RATE_HZ)
    for seed, one in enumerate(decided):
        recurrence.push(seen(0, seed), one, probability, similar=0)
    return recurrence


def test_earlier_events_of_the_same_focus_count_and_those_of_another_do_not() -> None:
    """By field and course."""
    recurrence = a_recurrence(1000, 2000)
    recurrence.push(seen(1, 7), 2500, 0.9, similar=0)
    assert [recurrence.similar(seen(focus, 50), 3000) for focus in (0, 1, 2)] == [2, 1, 0]


def test_only_recent_and_earlier_ones_count_and_no_more_than_a_few() -> None:
    """What is decided at the same sample does not count: the order within a hop would matter."""
    recurrence, candidate = a_recurrence(1000, 2000, 3000, 4000), seen(0, 50)
    assert recurrence.similar(candidate, 4001) == COUNTED == 3
    assert [recurrence.similar(candidate, now) for now in (1000, 1001, 3000, 3001)] == [0, 1, 2, 3]
    last = 4000 + round(RECENT_S * RATE_HZ)
    assert [recurrence.similar(candidate, now) for now in (last - 1, last)] == [1, 0]


def test_each_adds_to_the_log_odds() -> None:
    """Even odds and two events are odds of exp(1.4)."""
    recurrence = a_recurrence()
    assert recurrence.raised(0.5, 2) == pytest.approx(1 / (1 + math.exp(-2 * EACH)))
    assert recurrence.raised(0.5, 0) == 0.5


def test_an_event_that_others_helped_counts_for_no_later_one() -> None:
    """Its probability alone decides, which is what `raised` was given."""
    recurrence = a_recurrence(1000)
    helped = recurrence.raised(0.7, 1)
    assert helped > 0.75
    recurrence.push(seen(0, 8), 2000, helped, similar=1)
    assert recurrence.similar(seen(0, 50), 3000) == 1
    recurrence.push(seen(0, 9), 2500, recurrence.raised(0.8, 1), similar=1)
    assert recurrence.similar(seen(0, 50), 3000) == 2


def test_a_verifier_without_recurrence_leaves_all_as_it_is() -> None:
    """Nothing counts, whatever came before."""
    clusters = a_recurrence(1000, 2000).clusters
    assert clusters.similar(seen(0, 50), 0, 3000) == 2
    assert Recurrence(clusters, 0.0, threshold=0.75, rate_hz=RATE_HZ).similar(seen(0, 50), 3000) == 0


def test_what_counts_is_the_same_after_a_restart() -> None:
    """To the sample after months; a journal of an earlier version, whose clusters tell no samples, begins anew."""
    late = 2**31 + 12_345
    before, after, older = a_recurrence(1000, late), Recurrence(Clusters(), EACH, 0.75, RATE_HZ), Clusters()
    states = before.clusters.states()
    after.clusters.restore(states)
    for recurrence in (before, after):
        assert [recurrence.similar(seen(0, 50), now) for now in (late, late + 1)] == [0, 1]
    older.restore({number: state[: -4 * 4] for number, state in states.items()})
    assert older.similar(seen(0, 50), 0, late + 1) == 0
    assert older.like(seen(0, 50)) == 1


def test_a_candidate_is_judged_again_as_it_was_when_later_events_are_known() -> None:
    """As after a restart, which goes back a few seconds: five more of the same cluster have been decided by then."""
    recurrence = a_recurrence(*range(1000, 1000 + 100 * COUNTED, 100))
    then = recurrence.similar(seen(0, 50), 1500)
    for seed in range(REMEMBERED - COUNTED):
        recurrence.push(seen(0, 60 + seed), 1500 + seed, 0.9, similar=COUNTED)
    assert recurrence.similar(seen(0, 50), 1500) == then == COUNTED
