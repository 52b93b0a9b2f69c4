"""Which events of a detector stand, and at which thresholds it is asked."""

import numpy as np

from bench.worth.contract import STEPS, Scored, ranked_thresholds, standing


def test_of_events_that_are_too_near_the_best_stands() -> None:
    """The one at 0.2 s is better than both neighbours; without it, that at 0.4 s has room again from 0.0 s."""
    times_s = np.array([0.0, 0.2, 0.4, 0.5])
    assert standing(times_s, np.array([1.0, 3.0, 2.0, 1.0])).tolist() == [1, 3]
    assert standing(times_s, np.array([3.0, 2.0, 1.0, 0.5])).tolist() == [0, 2]


def test_equal_scores_keep_the_earlier_event() -> None:
    """Order of time decides, so that two runs agree."""
    assert standing(np.array([0.1, 0.0]), np.array([1.0, 1.0])).tolist() == [1]


def test_thresholds_leave_none_one_two_and_all_events() -> None:
    """Of a hundred scores, even steps of a logarithmic axis are enough."""
    scores = np.arange(1.0, 101.0)
    found = Scored(np.arange(100.0), scores, 0.0, 100.0, 1.0)
    thresholds = ranked_thresholds([found])
    left = [len(found.peaks_s(at)) for at in thresholds]
    assert left == sorted(left, reverse=True)
    assert left[-3:] == [2, 1, 0]
    assert left[0] == 100
    assert len(left) <= STEPS + 1


def test_who_found_nothing_has_one_threshold() -> None:
    """A curve of one row is still a row."""
    nothing = Scored(np.zeros(0), np.zeros(0), 0.0, 1.0, 1.0)
    assert ranked_thresholds([nothing]) == (0.0,)
