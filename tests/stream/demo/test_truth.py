"""What was found of what was put in, with answers worked out by hand."""

from stream.demo.truth import DemoCounts, SeenEvent, Span, TrueIed, classify, count_matches, found_pairs, missed
from tests.stream.demo.watched_minute import payload

# Wider than every time below: nothing is left out at an edge.
ALL = Span(0.0, 1000.0)


def ieds(*times_s: float, ratio: float = 8.0) -> list[TrueIed]:
    """Put discharges in."""
    return [TrueIed(time_s, ratio, "spike") for time_s in times_s]


def events(*times_s: float) -> list[SeenEvent]:
    """Find events, each seen 0.3 s after its peak."""
    return [SeenEvent(payload(str(time_s), time_s), time_s + 0.3) for time_s in times_s]


def test_an_event_within_150_ms_finds_a_discharge() -> None:
    """On either side; further away it finds nothing."""
    assert count_matches(ieds(10, 20, 30), events(9.86, 20.14, 30.16), ALL) == DemoCounts(marked=3, found=2, faint=1)
    assert [ied.lsl_s for ied in missed(ieds(10, 20, 30), events(9.86, 20.14, 30.16))] == [30]


def test_an_event_far_from_everything_is_false() -> None:
    """More than 0.4 s from the nearest discharge."""
    assert classify(ieds(10), events(10.39, 10.41, 9.59)) == ["faint", "false", "false"]
    assert classify([], events(5)) == ["false"]


def test_a_faint_discharge_counts_neither_way() -> None:
    """Finding it is no merit, an event near it no false alarm, and missing it no miss."""
    # Just below MARKED_RATIO, which is 3.
    faint = ieds(10, 20, ratio=2.99)
    assert count_matches(faint, events(10.0), ALL) == DemoCounts(faint=1)
    assert count_matches(faint, events(10.0), ALL).sensitivity is None
    assert TrueIed(1.0, 3.0, "spike").marked


def test_two_events_on_one_discharge_find_it_once() -> None:
    """And neither of them is false; the pair is made with the nearer one."""
    assert count_matches(ieds(10), events(9.9, 10.1), ALL) == DemoCounts(marked=1, found=1)
    assert [event.lsl_s for _, event in found_pairs(ieds(10), events(9.92, 10.1), ALL)] == [9.92]


def test_only_the_span_counts_but_a_partner_outside_it_does() -> None:
    """A discharge just inside is found by an event just outside; that event is not counted."""
    span = Span(10.0, 20.0)
    assert count_matches(ieds(5, 10.0, 20.0), events(5, 9.95, 19.99, 25), span) == DemoCounts(marked=1, found=1)
    assert count_matches(ieds(9.95), events(10.05), span) == DemoCounts()


def test_sensitivity_and_missed() -> None:
    """Three of four."""
    counts = DemoCounts(marked=4, found=3)
    assert (counts.missed, counts.sensitivity) == (1, 0.75)


def test_one_event_finds_one_of_two_discharges() -> None:
    """Two marked peaks 120 ms apart and one event between them: one is found, the other missed."""
    pair = ieds(10.0, 10.12)
    assert count_matches(pair, events(10.05), ALL) == DemoCounts(marked=2, found=1)
    assert [ied.lsl_s for ied in missed(pair, events(10.05))] == [10.12]
    assert [ied.lsl_s for ied, _ in found_pairs(pair, events(10.05), ALL)] == [10.0]
