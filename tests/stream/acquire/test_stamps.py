"""Which stamps are believed: those of samples that can have been taken when they say."""

import math

import pytest

from stream.acquire.lsl import BUFFER_S
from stream.acquire.stamps import FUTURE_S, HELD_S, PROMPT_S, StampTrust

CHUNK_S = 0.1


def test_stamps_may_be_as_old_as_the_buffer_holds() -> None:
    """LSL's own buffer is the limit."""
    assert HELD_S == BUFFER_S


@pytest.mark.parametrize("delay_s", [1000.0, 60.0, 6.0, -3.0, -60.0, -3000.0, 5e8])
def test_a_link_that_begins_far_from_now_is_of_another_clock(delay_s: float) -> None:
    """Behind or ahead, by much or by little, for as long as it stays so; the delay is a figure all the same."""
    trust = StampTrust()
    for _ in range(100):
        assert trust.check(delay_s, CHUNK_S) == (False, 0.0)
    assert (trust.believed, trust.delay_s) == (False, delay_s)


@pytest.mark.parametrize("delay_s", [0.0, 0.5, PROMPT_S, -FUTURE_S, -FUTURE_S - CHUNK_S])
def test_stamps_near_their_arrivals_are_believed(delay_s: float) -> None:
    """Wireless amplifiers send half a second late; a clock may be a little ahead, or stamp a chunk's end."""
    assert StampTrust().check(delay_s, CHUNK_S) == (True, 0.0)


def test_a_long_chunk_is_late_by_itself() -> None:
    """A sender that sends every 15 s is not of another clock."""
    assert StampTrust().check(15.0, 15.0) == (True, 0.0)


def test_a_backlog_is_believed_of_a_link_that_was_prompt() -> None:
    """What the sender held for six minutes, and no more: older, its clock was set."""
    trust = StampTrust()
    trust.check(0.0, CHUNK_S)
    assert [trust.check(delay_s, CHUNK_S) for delay_s in (359.0, 100.0, 0.0)] == [(True, 0.0)] * 3
    assert trust.check(361.0, CHUNK_S) == (False, -361.0)
    # Told once; from here on it is another clock.
    assert trust.check(361.0, CHUNK_S) == (False, 0.0)
    assert not trust.believed


def test_l13_first_stamps_near_zero_do_not_spoil_the_rest() -> None:
    """A sender whose first chunk has no real stamp yet is believed with its second."""
    trust = StampTrust()
    assert not trust.check(5e4, CHUNK_S)[0]
    assert trust.check(0.01, CHUNK_S) == (True, 0.0)


def test_an_unknown_clock_is_no_fault_of_its_stamps() -> None:
    """The arrival counts, and nothing is said against the sender; a doubt is kept meanwhile."""
    trust = StampTrust()
    trust.check(0.0, CHUNK_S)
    trust.doubt()
    assert trust.check(math.nan, CHUNK_S) == (False, 0.0)
    assert trust.believed
    assert trust.check(30.0, CHUNK_S) == (False, 0.0)


def test_a_stamp_that_stays_the_same_while_samples_come_is_no_time() -> None:
    """It is believed for two seconds at most, not for as long as a backlog may be old; one that moves again is."""
    trust = StampTrust()
    # The sender's clock is compared now and then, which moves its stamps a little.
    checked = [trust.check(0.25 * chunk + 1e-4 * (chunk % 2), 0.25, 0.25 * chunk)[0] for chunk in range(40)]
    assert checked == [True] * 8 + [False] * 32
    assert trust.check(0.1, 0.25, 10.0) == (True, 0.0)


def test_a_backlog_that_comes_at_once_does_not_stand_still() -> None:
    """However many samples have the one stamp of when they were sent: time has not gone on meanwhile."""
    trust = StampTrust()
    assert all(trust.check(0.001 * chunk, CHUNK_S, 0.001 * chunk)[0] for chunk in range(200))
