"""The bench of exports writes what it says, and other projects' readers find all of it."""

import pytest

from bench.exports import GAPS, WEEK_S, measured, week
from bench.exports_read import READERS
from stream.cli.exports import edf_plus
from stream.cli.exports.registry import EXPORTS


def test_a_week_has_so_many_events_and_a_format_is_measured() -> None:
    """Spread over the whole week, and written with a size above nothing."""
    made = week(700)
    assert len(made.events) == 700
    assert WEEK_S - 900 < made.events[-1]["time_s"] < WEEK_S
    figures = measured(edf_plus.FORMAT, made)
    assert figures["megabytes"] > 0.01
    assert figures["seconds"] > 0


@pytest.mark.parametrize("name", EXPORTS)
def test_readers_of_other_projects_find_every_event_and_gap(name: str) -> None:
    """Those that are installed; what is not says so, and every format has at least one reader."""
    figures = measured(EXPORTS[name], week(300))
    assert set(figures["read_back"]) == set(READERS[name])
    read = [one for one in figures["read_back"].values() if "missing" not in one]
    assert [(one["events"], one["gaps"]) for one in read] == [(300, GAPS)] * len(read)
    if not read:
        pytest.skip(f"none of {', '.join(READERS[name])} is installed")
