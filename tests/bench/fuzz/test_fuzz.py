"""A short pass of everything that reads what strangers wrote: damaged input is read, or refused in one line."""

import pytest

from bench.fuzz.__main__ import TARGETS, figures
from bench.fuzz.run import fuzz, made

QUICK = ("edf", "bdf", "xdf", "npz", "config", "commands", "marks")
"""Of the targets; `python -m bench.fuzz` tries the others as well."""
INPUTS = 25


@pytest.mark.fault
@pytest.mark.parametrize("name", QUICK)
def test_damaged_input_is_read_or_refused_in_one_line(name: str) -> None:
    """Other inputs than the bench begins with."""
    found = figures(fuzz(TARGETS[name], seconds=60.0, seed=2, most=INPUTS))
    assert found["defects"] == {}
    assert found["tried"] > 0


def test_an_input_is_the_same_each_time_it_is_made() -> None:
    """Whatever was made before it: its number alone has it made again."""
    # The first 200 of this seed hold one whose value was put into itself.
    first = [made(TARGETS["events"], 1, number) for number in range(200)]
    assert [made(TARGETS["events"], 1, number) for number in range(199, -1, -1)] == first[::-1]
