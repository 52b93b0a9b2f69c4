"""What events are by an expert's marks and by laid-on discharges."""

import numpy as np
import pytest

from bench.worth.contract import Scored, Seconds
from bench.worth.truth import LaidOn, Marked, joined


def found_at(*times_s: float) -> Scored:
    """Return events of one minute, all of the same score."""
    return Scored(np.array(times_s), np.ones(len(times_s)), 0.0, 60.0, 1.0)


def spans(*pairs: tuple[float, float]) -> Seconds:
    """Return (n, 2)."""
    return np.array(pairs, np.float64).reshape(-1, 2)


def test_marks_of_one_discharge_on_many_channels_are_joined() -> None:
    """Those that lie nearer than the limit; order does not matter."""
    marks = spans((5.0, 5.1), (1.0, 1.1), (1.05, 1.2), (1.3, 1.4))
    assert joined(marks, 0.15).tolist() == [[1.0, 1.4], [5.0, 5.1]]
    assert joined(marks, 0.05).tolist() == [[1.0, 1.2], [1.3, 1.4], [5.0, 5.1]]


@pytest.mark.parametrize(
    ("time_s", "counted"),
    [(10.05, (1, 0)), (9.9, (1, 0)), (10.3, (0, 0)), (10.55, (0, 1)), (40.0, (0, 0))],
    ids=["inside", "just before", "too far to find, forgiven", "false", "where nobody read"],
)
def test_an_event_finds_a_mark_is_forgiven_or_is_false(time_s: float, counted: tuple[int, int]) -> None:
    """0.15 s from a mark finds it, from 0.4 s on an event is false, and none is false where the expert did not read."""
    marked = Marked(spans((10.0, 10.1)), spans((0.0, 30.0)))
    counts = marked.counts(found_at(time_s), 0.5)
    assert (counts.found, counts.alarms) == counted
    assert counts.marked == 1
    assert counts.minutes == 0.5


def test_two_events_at_one_mark_find_it_once() -> None:
    """Neither of them is false."""
    counts = Marked(spans((10.0, 11.0)), spans((0.0, 60.0))).counts(found_at(10.0, 10.9), 0.5)
    assert (counts.found, counts.alarms) == (1, 0)


def test_without_marks_every_event_is_false() -> None:
    """A recording that was read and holds nothing."""
    counts = Marked(spans(), spans((0.0, 60.0))).counts(found_at(10.0, 20.0), 0.5)
    assert (counts.found, counts.marked, counts.alarms) == (0, 0, 2)


def test_discharges_at_the_edge_or_too_faint_do_not_count() -> None:
    """Of four, one lies where no window holds it well, and one is too faint: it is neither found nor false."""
    laid = LaidOn(np.array([0.1, 10.0, 20.0, 30.0]), np.array([1, 1, 1, 0], bool), np.array([1, 1, 0, 0], bool))
    counts = laid.counts(found_at(10.1, 30.0, 45.0), 0.5)
    assert (counts.found, counts.marked, counts.clear_found, counts.clear, counts.alarms) == (1, 2, 1, 1, 1)
