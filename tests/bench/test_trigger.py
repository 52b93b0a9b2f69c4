"""The bench of triggers counts markers against what was put in."""

from dataclasses import replace

from bench.trigger import Hops, Patient, Policy, figures, replaced
from stream.pipeline import Outcome
from stream.records import Glimpse
from tests.stream.detect.test_markers import FOUND


def hops() -> Hops:
    """Show something at 10 s that becomes an event, and something at 20 s that does not."""
    shown = Glimpse(2560, 10.0, "left", "F7-T3", 0.85)
    return [
        (10.0625, Outcome(1, (), glimpse=shown)),
        (10.25, Outcome(2, (), detections=(replace(FOUND, lsl_s=10.0),))),
        (20.0625, Outcome(3, (), glimpse=replace(shown, sample=5120, lsl_s=20.0))),
        (22.0, Outcome(4, ())),
    ]


def test_delays_misses_false_markers_and_retractions_are_counted() -> None:
    """Of discharges of six times their background; the marker of the event alone comes later, and falsely less."""
    # The discharge at 30 s is missed, the small one at 40 s does not count.
    ill = Patient(hops(), ((10.0, 7.0), (30.0, 6.0), (40.0, 3.0)), 60.0)
    well = Patient(hops(), (), 1800.0)
    event, early = (figures([ill], [well], Policy(level)) for level in (0.0, 0.8))
    assert (event["discharges"], event["sensitivity"], early["sensitivity"]) == (2, 0.5, 0.5)
    assert (event["delay_ms"]["p50"], early["delay_ms"]["p50"]) == (250.0, 62.5)
    assert (event["retracted_share"], early["retracted_share"]) == (None, 0.5)
    # Every marker of who has no discharges is false, whatever becomes of it.
    assert (event["false_per_h"], early["false_per_h"]) == (2.0, 4.0)
    # A level that nothing reaches leaves the events.
    assert figures([ill], [well], Policy(0.9))["delay_ms"] == event["delay_ms"]
    # The event of 0.91 comes 250 ms behind its peak, what was shown of 0.85 after 62.5 ms.
    assert figures([ill], [well], Policy(0.0, 0.92))["false_per_h"] == 0
    assert figures([ill], [well], Policy(0.8, 0.8, 150.0))["delay_ms"]["p95"] == 62.5
    assert figures([ill], [well], Policy(0.0, 0.0, 150.0))["sensitivity"] == 0


def test_a_part_that_is_measured_anew_leaves_the_others() -> None:
    """All rows of a set-up go, whatever their number; those of another hop stay."""
    before = [{"detector": "a", "hop_ms": 31.25, "n": 1}, {"detector": "a", "hop_ms": 125.0, "n": 2}]
    after = replaced(before, [{"detector": "a", "hop_ms": 31.25, "n": 3}], "detector", "hop_ms")
    assert [row["n"] for row in after] == [2, 3]
