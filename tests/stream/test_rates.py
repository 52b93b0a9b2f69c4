"""Events an hour, over what was analysed alone."""

import math

from stream.rates import merged, rates


def test_rates_count_analysed_time_alone() -> None:
    """Quarters of an hour: two events in a whole one, one in half of one; of a lost one nothing is known."""
    bars = rates([10.0, 899.0, 1400.0], [(900.0, 1350.0), (1800.0, 2700.0)], 30000.0)
    assert [rate for _, _, rate in bars[:2]] == [8.0, 8.0]
    assert math.isnan(bars[2][2])
    assert {rate for _, _, rate in bars[3:]} == {0.0}
    assert bars[-1][:2] == (29700.0, 30000.0)


def test_steps_fit_the_length() -> None:
    """Minutes of an hour, quarters of a long evening, hours of two days."""
    assert [len(rates([], [], seconds)) for seconds in (3600.0, 36000.0, 172800.0)] == [60, 40, 48]


def test_spans_that_are_near_are_one() -> None:
    """In any order, also where one lies within another."""
    assert merged([(5.0, 6.0), (0.0, 4.0), (1.0, 2.0), (6.4, 7.0)], 0.5) == [(0.0, 4.0), (5.0, 7.0)]
