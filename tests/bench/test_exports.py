"""The bench of exports writes what it says."""

from bench.exports import WEEK_S, measured, week
from stream.cli.exports import edf_plus


def test_a_week_has_so_many_events_and_a_format_is_measured() -> None:
    """Spread over the whole week, and written with a size above nothing."""
    made = week(700)
    assert len(made.events) == 700
    assert WEEK_S - 900 < made.events[-1]["time_s"] < WEEK_S
    figures = measured(edf_plus.FORMAT, made)
    assert figures["megabytes"] > 0.01
    assert figures["seconds"] > 0
