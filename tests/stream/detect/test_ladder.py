"""The overload ladder: up while a backlog does not shrink, down after a calm, and never to and fro."""

import pytest

from stream.detect.ladder import CALM_S, ON_S, SHED_FROM_S, TOP, Ladder, alarm_reason
from stream.schema.reports import TRACES_REST_FROM
from tests.stream.hand_clock import HandClock


@pytest.fixture
def clock() -> HandClock:
    """Start at 1000 s."""
    return HandClock()


@pytest.fixture
def ladder(clock: HandClock) -> Ladder:
    """Begin with a host that keeps up."""
    return Ladder(clock)


def levels(ladder: Ladder, clock: HandClock, *backlogs_s: float) -> list[int]:
    """Let a bed have these backlogs, a second apart; return the level after each."""
    found = []
    for backlog_s in backlogs_s:
        clock.now_s += 1.0
        ladder.observe({"bed-1": backlog_s})
        found.append(ladder.level)
    return found


def test_a_backlog_that_stays_climbs_step_by_step(ladder: Ladder, clock: HandClock) -> None:
    """Each step has three seconds to show what it is good for, and samples are given up from twenty seconds on."""
    # At the first look nothing is known of what was there before.
    assert levels(ladder, clock, *[6.0] * 18) == [0] * 5 + [1] * 3 + [2] * 3 + [3] * 3 + [4] * 4
    assert levels(ladder, clock, *[SHED_FROM_S] * 3) == [4] * 3
    assert levels(ladder, clock, *[SHED_FROM_S + 1] * 3) == [4, 4, TOP]
    assert levels(ladder, clock, *[30.0] * 4) == [TOP] * 4


def test_a_backlog_that_is_worked_off_costs_nothing_but_time(ladder: Ladder, clock: HandClock) -> None:
    """A minute after an outage, at four times real time; a stretch of samples that comes at once is not growth."""
    assert levels(ladder, clock, *[0.1] * 6, *(60.0 - 3 * second for second in range(20))) == [0] * 26


def test_a_short_backlog_is_none(ladder: Ladder, clock: HandClock) -> None:
    """Up to five seconds: a pause of the host."""
    assert levels(ladder, clock, *[ON_S] * 10) == [0] * 10


def test_one_stuck_bed_is_enough_and_one_that_shrinks_hides_it_not(ladder: Ladder, clock: HandClock) -> None:
    """They share the host: what the one is not spared, the other is spared."""
    for second in range(6):
        clock.now_s += 1.0
        ladder.observe({"bed-1": 600.0 - 4 * second, "bed-2": 6.0})
    assert ladder.level == 1


def test_it_climbs_back_one_step_after_each_calm(ladder: Ladder, clock: HandClock) -> None:
    """From the top to nothing left undone within 30 s of a host that keeps up."""
    levels(ladder, clock, *[30.0] * 21)
    assert ladder.level == TOP
    assert levels(ladder, clock, *[0.2] * 16) == [5, 5, 5, 4, 4, 4, 3, 3, 3, 2, 2, 2, 1, 1, 1, 0]


def test_what_is_between_the_limits_keeps_the_level(ladder: Ladder, clock: HandClock) -> None:
    """No step up, and no calm."""
    levels(ladder, clock, *[6.0] * 6)
    assert levels(ladder, clock, *[3.0] * 20) == [1] * 20


def test_a_step_that_was_needed_again_is_left_later(ladder: Ladder, clock: HandClock) -> None:
    """Else a host that is a little too slow would change its ways every few seconds."""
    calms = []
    for _ in range(3):
        while ladder.level < 1:
            levels(ladder, clock, 6.0)
        began_s = clock.now_s
        while ladder.level > 0:
            levels(ladder, clock, 0.2)
        calms.append(clock.now_s - began_s)
    # The first second of a calm is when it begins.
    assert calms == [CALM_S + 1, 2 * CALM_S + 1, 4 * CALM_S + 1]


def test_an_alarm_says_what_is_left_undone(ladder: Ladder) -> None:
    """Larger turns leave nothing undone, and are no alarm; every level above has words of its own."""
    words = [alarm_reason(level) for level in range(TOP + 1)]
    assert words[:2] == ["", ""]
    assert len(set(words[2:])) == TOP - 1
    assert ladder.step.turn_hops == 1
    # The parent knows by the level alone when to rest.
    assert [level for level in range(TOP + 1) if "no traces" in words[level]] == list(range(TRACES_REST_FROM, TOP + 1))
