"""What a count says of a rate, to the last digit."""

import math

import pytest

from models.evaluation.poisson import highest_rate, hours_to_show


def at_most(events: int, mean: float) -> float:
    """Add up the probabilities of a Poisson count, one by one."""
    return sum(math.exp(-mean) * mean**k / math.factorial(k) for k in range(events + 1))


@pytest.mark.parametrize(("events", "hours"), [(0, 0.5), (1, 2.0), (6, 2.1), (36, 8.0)])
def test_at_the_highest_rate_so_few_events_come_once_in_twenty_times(events: int, hours: float) -> None:
    """As the sum of probabilities has it."""
    assert at_most(events, highest_rate(events, hours) * hours) == pytest.approx(0.05)


def test_six_an_hour_takes_half_an_hour_without_any() -> None:
    """-ln(0.05) / 6 hours; with events in them the same hours show less."""
    assert hours_to_show(6.0) == pytest.approx(-math.log(0.05) / 6)
    assert highest_rate(0, hours_to_show(6.0)) == pytest.approx(6.0)
    assert highest_rate(1, hours_to_show(6.0)) > 6.0
