"""Each event finds at most one discharge, each discharge is found once: with answers worked out by hand."""

from itertools import permutations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.evaluation.matching import FORGIVEN_S, MATCH_S, distance_s, is_false_alarm, match

Times = list[float]


def pairs(discharges_s: Times, events_s: Times) -> list[tuple[int, int]]:
    """Return the pairs as (discharge, event)."""
    found, by = match(discharges_s, events_s)
    return list(zip(found.tolist(), by.tolist(), strict=True))


@pytest.mark.parametrize(
    ("discharges_s", "events_s", "expected"),
    [
        ([10.0, 10.12], [10.05], [(0, 0)]),  # one event between two discharges 120 ms apart
        ([10.0, 10.12], [10.08], [(1, 0)]),  # the nearer of the two
        ([10.0], [9.9, 10.05], [(0, 1)]),  # two events on one discharge: the nearer
        ([10.0, 10.12], [10.1, 10.25], [(0, 0), (1, 1)]),  # the nearest pair first would leave one of two unmatched
        ([10.12, 10.0], [10.25, 10.1], [(0, 0), (1, 1)]),  # the order of arguments does not matter
        ([10.0, 10.0], [10.0], [(0, 0)]),  # a discharge marked twice
        ([10.0, 20.0], [30.0, 20.1, 10.2], [(1, 1)]),  # 200 ms is too far
        ([], [1.0], []),
        ([1.0], [], []),
        ([], [], []),
    ],
)
def test_pairs_are_one_to_one(discharges_s: Times, events_s: Times, expected: list[tuple[int, int]]) -> None:
    """As many pairs as there can be, and of those the nearest."""
    assert sorted(pairs(discharges_s, events_s)) == expected


def test_the_limit_itself_still_matches() -> None:
    """Times that binary numbers hold exactly: 0.125 s matches; a sample at 128 Hz beyond 0.15 s does not."""
    assert pairs([8.0], [8.125]) == [(0, 0)]
    assert pairs([0.0], [MATCH_S]) == [(0, 0)]
    # The next number that a float has: the limit is exact, not rounded.
    assert pairs([0.0], [np.nextafter(MATCH_S, 1)]) == []


# Few places, so that runs of peaks within reach of each other come up often.
PLACES = st.lists(st.integers(0, 12).map(lambda step: step / 16), max_size=4)


@given(PLACES, PLACES)
def test_no_other_pairing_is_better(discharges_s: Times, events_s: Times) -> None:
    """Against every way of pairing them: none has more pairs, and none with as many is nearer."""
    got = pairs(discharges_s, events_s)
    assert len({row for row, _ in got}) == len({column for _, column in got}) == len(got)
    assert all(abs(discharges_s[row] - events_s[column]) <= MATCH_S for row, column in got)
    best = min(_worth(discharges_s, events_s, way) for way in _ways(len(discharges_s), len(events_s)))
    count, apart_s = _worth(discharges_s, events_s, got)
    assert count == best[0]
    assert apart_s == pytest.approx(best[1])


def _ways(rows: int, columns: int) -> list[list[tuple[int, int]]]:
    """Return every way of pairing as many as there can be."""
    if rows <= columns:
        return [list(enumerate(way)) for way in permutations(range(columns), rows)]
    return [[(row, column) for column, row in enumerate(way)] for way in permutations(range(rows), columns)]


def _worth(discharges_s: Times, events_s: Times, way: list[tuple[int, int]]) -> tuple[int, float]:
    """Return how few pairs of a way are near enough, then how far apart those are in all: less is better."""
    near = [abs(discharges_s[row] - events_s[column]) for row, column in way]
    near = [apart for apart in near if apart <= MATCH_S]
    return -len(near), sum(near)


def test_an_event_far_from_every_discharge_is_a_false_alarm() -> None:
    """More than 0.4 s on either side; without discharges every event is one."""
    # 9.5 and 10.5 s are 0.5 s away, 9.7 and 10.3 s only 0.3 s.
    assert is_false_alarm([10.0, 20.0], [9.5, 9.7, 10.3, 10.5, 20.0]).tolist() == [True, False, False, True, False]
    assert is_false_alarm([0.0], [FORGIVEN_S]).tolist() == [False]
    assert is_false_alarm([], [1.0, 2.0]).tolist() == [True, True]


@given(st.lists(st.floats(0, 100), max_size=8), st.lists(st.floats(0, 100), max_size=8))
def test_distance_is_that_of_the_nearest(times: Times, to: Times) -> None:
    """As trying all of them says."""
    assert list(distance_s(times, to)) == [
        pytest.approx(min((abs(time - other) for other in to), default=np.inf)) for time in times
    ]


def test_a_night_is_matched_in_a_moment() -> None:
    """20,000 discharges in clusters of two, each event 30 ms after one: all are found, with no table of the night."""
    discharges = np.sort(np.concatenate([np.arange(10_000) * 3.0, np.arange(10_000) * 3.0 + 0.1]))
    # 30 ms from its own discharge, 70 ms or more from the other of the two.
    found, by = match(discharges, discharges + 0.03)
    np.testing.assert_array_equal(found, np.arange(20_000))
    np.testing.assert_array_equal(by, found)
