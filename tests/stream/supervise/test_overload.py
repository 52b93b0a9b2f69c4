"""Overload: an alarm that begins and ends at two different limits."""

from dataclasses import replace

import pytest

from stream.supervise.overload import BACKLOG_S, LATE_SHARE, LATE_WINDOW_S, Overload
from tests.stream.hand_clock import HandClock
from tests.stream.supervise.reports import ANALYSING

RATE_HZ = 256.0


@pytest.fixture
def clock() -> HandClock:
    """Start at 1000 s."""
    return HandClock()


@pytest.fixture
def overload(clock: HandClock) -> Overload:
    """Begin with a host that keeps up."""
    return Overload(clock)


def behind(overload: Overload, seconds: float) -> bool:
    """Report so many seconds of pending samples; return whether that is an alarm."""
    overload.observe(replace(ANALYSING, pending=round(seconds * RATE_HZ)), RATE_HZ)
    return bool(overload.reason)


def test_the_backlog_alarm_has_hysteresis(overload: Overload) -> None:
    """Between the two limits it stays as it was."""
    between_s = (BACKLOG_S.on + BACKLOG_S.off) / 2
    # 3.5 s three times: what held before decides.
    backlogs_s = (between_s, BACKLOG_S.on + 0.1, between_s, BACKLOG_S.off - 0.1, between_s)
    assert [behind(overload, seconds) for seconds in backlogs_s] == [False, True, True, False, False]


def late(overload: Overload, results: int, misses: int) -> bool:
    """Report so many results of which some missed the budget; return whether that is an alarm."""
    overload.observe(replace(ANALYSING, latency_s={"total": [0.1] * results}, budget_misses=misses), RATE_HZ)
    return bool(overload.reason)


def test_missed_budgets_are_an_alarm_when_they_are_the_rule(overload: Overload, clock: HandClock) -> None:
    """More than half of half a minute; it ends when they are a tenth, and single misses are none."""
    # 4 of 8 is exactly half, and the alarm begins above it; then 9 of 16.
    assert not late(overload, 8, 4)
    assert late(overload, 8, 5)
    # Past the window, so that only the next report counts.
    clock.now_s += LATE_WINDOW_S + 1
    assert late(overload, 100, round(100 * LATE_SHARE.off) + 1)
    clock.now_s += LATE_WINDOW_S + 1
    assert not late(overload, 100, round(100 * LATE_SHARE.off) - 1)


def test_no_result_is_no_late_result(overload: Overload) -> None:
    """Nothing is divided by nothing."""
    assert not late(overload, 0, 0)


def test_the_reason_stays_the_same_while_the_alarm_lasts(overload: Overload) -> None:
    """A text with the figure of the moment would be a new status every second."""
    behind(overload, 20)
    reason = overload.reason
    behind(overload, 30)
    assert overload.reason == reason


def test_a_detector_that_ended_takes_its_slowness_along(overload: Overload) -> None:
    """The next one is judged by its own reports."""
    behind(overload, 20)
    overload.forget()
    assert overload.reason == ""
