"""Counts of several people add up, with intervals over people and the spread of what was found."""

import math

import pytest

from models.evaluation.events import EventCounts, Subject, Timing, compare, estimates, merged, spreads, total

# Unlike each other, so that a mean of shares is not the share of sums.
PEOPLE = [
    Subject("ann", {0.5: EventCounts(3, 4, 1, 1, 2, 10.0)}, {0.5: Timing((-10.0, 20.0, 0.0), (300.0, 400.0, 350.0))}),
    Subject("bob", {0.5: EventCounts(1, 4, 0, 1, 1, 20.0)}, {0.5: Timing((30.0,), (500.0,))}),
]


def test_figures_are_those_of_the_sums() -> None:
    """Four of eight found; three false alarms in half an hour; between what either person alone would give."""
    assert total(PEOPLE, 0.5) == EventCounts(4, 8, 1, 2, 3, 30.0)
    got = estimates(PEOPLE, 0.5)
    assert (got["sensitivity"].value, got["clear sensitivity"].value) == (0.5, 0.5)
    assert (got["sensitivity"].low, got["sensitivity"].high) == (0.25, 0.75)
    assert got["false alarms per hour"].value == total(PEOPLE, 0.5).alarms_per_h == pytest.approx(6)
    assert (got["false alarms per hour"].low, got["false alarms per hour"].high) == pytest.approx((3, 12))


def test_errors_on_either_side_are_alike() -> None:
    """The spread is of distances for errors, of values for latencies."""
    got = spreads(PEOPLE, 0.5)
    assert (got["timing error, ms"].count, got["timing error, ms"].median) == (4, 15)
    assert got["latency, ms"].median == 375
    assert got["latency, ms"].p95 == pytest.approx(485)


def test_nothing_found_has_no_spread() -> None:
    """And no marked discharge has no sensitivity."""
    nobody = [Subject("eve", {0.5: EventCounts(minutes=1.0)}, {0.5: Timing()})]
    assert spreads(nobody, 0.5)["latency, ms"].count == 0
    assert math.isnan(spreads(nobody, 0.5)["latency, ms"].median)
    assert math.isnan(estimates(nobody, 0.5)["sensitivity"].value)


def test_no_false_alarm_is_not_certainty() -> None:
    """None in an hour of two people: there may still be three an hour."""
    calm = [Subject(name, {0.5: EventCounts(minutes=30.0)}, {0.5: Timing()}) for name in ("ann", "bob")]
    got = estimates(calm, 0.5)["false alarms per hour"]
    assert (got.value, got.low) == (0, 0)
    assert got.high == pytest.approx(3, abs=0.01)


def test_recordings_of_one_person_are_one() -> None:
    """They are drawn together."""
    # As two recordings of one, under the one name.
    both = merged("ann", PEOPLE)
    assert both.counts[0.5] == total(PEOPLE, 0.5)
    assert both.timings[0.5].errors_ms == (-10.0, 20.0, 0.0, 30.0)


def test_marks_are_compared_in_seconds() -> None:
    """One of two marks found 50 ms late; an event near a mark but too far is neither; one far away is false."""
    counts, timing = compare([10.0, 20.0], [10.05, 20.3, 30.0], [10.4, 20.7, 30.4], minutes=2.0)
    assert counts == EventCounts(found=1, marked=2, alarms=1, minutes=2.0)
    assert timing.errors_ms == pytest.approx((50,))
    assert timing.latencies_ms == pytest.approx((400,))


def test_one_event_finds_one_of_two_marks() -> None:
    """Two marks 120 ms apart, one event between them: one is found, and only its timing counts."""
    counts, timing = compare([10.0, 10.12], [10.05], [10.4], minutes=1.0)
    assert counts == EventCounts(found=1, marked=2, minutes=1.0)
    assert timing.errors_ms == pytest.approx((50,))


def test_without_marks_every_event_is_false() -> None:
    """And without events every mark is missed."""
    assert compare([], [1.0, 2.0], [1.4, 2.4], 1.0) == (EventCounts(alarms=2, minutes=1.0), Timing())
    assert compare([1.0], [], [], 1.0) == (EventCounts(marked=1, minutes=1.0), Timing())
