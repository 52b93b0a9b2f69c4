"""The bench of fleets: how it sums up what beds saw."""

from collections import Counter

from bench.fleet import GROUPS, Seen, figures


def test_hops_are_counted_by_who_answered_and_timed_over_all_beds() -> None:
    """Two beds, four hops in two seconds; one was late, and one not asked."""
    first = Seen([0.010, 0.020], Counter(fleet=2), [4, 12], 1e-7)
    second = Seen([0.110, 0.030], Counter(late=1, not_asked=1), [], 0.0)
    found = figures([first, second], 2.0)
    assert found["hops"] == 4
    assert found["windows_per_s"] == 2 * GROUPS
    assert (found["p50_ms"], found["most_ms"]) == (25.0, 110.0)
    assert (found["asked"], found["missed"], found["scored_here"]) == (3, 1, 2)
    assert found["windows_together"] == {"mean": 8.0, "most": 12}
    assert found["largest_difference"] == 1e-7
    assert figures([second], 1.0)["windows_together"] == {}
