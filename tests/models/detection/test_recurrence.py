"""Recent events that look alike make a candidate likelier; what was called because of others calls nothing."""

import math

import numpy as np
import pytest

from models.detection.clusters import COUNTED, Clusters
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


def test_only_recent_and_earlier_ones_count_and_no_more_than_a_bound() -> None:
    """What is decided at the same sample does not count: the order within a hop would matter."""
    recurrence, candidate = a_recurrence(1000, 2000, 3000, 4000), seen(0, 50)
    assert [recurrence.similar(candidate, now) for now in (1000, 1001, 3000, 3001, 4001)] == [0, 1, 2, 3, 4]
    last = 4000 + round(RECENT_S * RATE_HZ)
    assert [recurrence.similar(candidate, now) for now in (last - 1, last)] == [1, 0]
    for decided in range(5000, 5000 + 100 * COUNTED, 100):
        recurrence.push(seen(0, decided), decided, 0.9, similar=0)
    assert recurrence.similar(candidate, 5000 + 100 * COUNTED) == COUNTED == 30


def test_each_of_the_first_three_adds_to_the_log_odds_and_then_the_odds_grow_with_the_number() -> None:
    """Even odds and two events are odds of exp(1.4); twelve events have four times the odds of three."""
    recurrence = a_recurrence()
    assert [recurrence.raised(0.5, few) for few in (1, 2, 3)] == pytest.approx(
        [1 / (1 + math.exp(-few * EACH)) for few in (1, 2, 3)]
    )
    assert odds(recurrence.raised(0.5, 12)) == pytest.approx(4 * odds(recurrence.raised(0.5, 3)))
    assert recurrence.raised(0.5, 0) == 0.5


def odds(probability: float) -> float:
    """Return the odds of a probability."""
    return probability / (1 - probability)


@pytest.mark.parametrize("similar", [1, 3, 4, COUNTED])
@pytest.mark.parametrize(("alone", "counted"), [(0.74, 0), (0.76, 1)])
def test_an_event_counts_if_it_reached_the_threshold_whatever_had_helped_it(
    alone: float, counted: int, similar: int
) -> None:
    """What was added is taken off again."""
    recurrence = a_recurrence()
    recurrence.push(seen(0, 8), 2000, recurrence.raised(alone, similar), similar)
    assert recurrence.similar(seen(0, 50), 3000) == counted


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
    """To the sample after months; a journal of an early version, whose clusters tell no samples, begins anew."""
    late = 2**31 + 12_345
    before, after, older = a_recurrence(1000, late), Recurrence(Clusters(), EACH, 0.75, RATE_HZ), Clusters()
    states = before.clusters.states()
    after.clusters.restore(states)
    for recurrence in (before, after):
        assert [recurrence.similar(seen(0, 50), now) for now in (late, late + 1)] == [0, 1]
    older.restore({number: state[: -4 * 4] for number, state in states.items()})
    assert older.similar(seen(0, 50), 0, late + 1) == 0
    assert older.like(seen(0, 50)) == 1


def test_a_journal_of_an_earlier_version_goes_on_with_the_few_that_it_remembers() -> None:
    """It kept the newest eight of each cluster; what comes is counted on top of them."""
    recurrence, older = a_recurrence(*range(1000, 2000, 100)), Clusters()
    features, rows, samples = (int(number) for number in np.frombuffer(recurrence.clusters.states()[1], np.float32)[:3])
    arrays = 4 + features + samples + rows + 2 * rows * samples
    # All ten are remembered, as two numbers each: the oldest two go.
    numbers = np.frombuffer(recurrence.clusters.states()[1], np.float32)
    older.restore({1: np.delete(numbers, range(arrays, arrays + 2 * 2)).tobytes()})
    restored = Recurrence(older, EACH, 0.75, RATE_HZ)
    assert [one.similar(seen(0, 50), 2000) for one in (recurrence, restored)] == [10, 8]
    restored.push(seen(0, 70), 2000, 0.9, similar=0)
    assert restored.similar(seen(0, 50), 2001) == 9


def test_a_candidate_is_judged_again_as_it_was_when_later_events_are_known() -> None:
    """As after a restart, which goes back a few seconds: five more of the same cluster have been decided by then."""
    recurrence, restored, now = a_recurrence(*range(1000, 1000 + 100 * COUNTED, 100)), Clusters(), 1000 + 100 * COUNTED
    then = recurrence.similar(seen(0, 50), now)
    for seed in range(5):
        recurrence.push(seen(0, 60 + seed), now + seed, 0.9, similar=0)
    restored.restore(recurrence.clusters.states())
    assert recurrence.similar(seen(0, 50), now) == then == COUNTED
    assert Recurrence(restored, EACH, 0.75, RATE_HZ).similar(seen(0, 50), now) == then
