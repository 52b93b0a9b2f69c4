"""Waits grow and scatter; whichever ends first ends all."""

import asyncio

import pytest

from stream.waiting import Backoff, until_first


def test_waits_double_up_to_the_longest_and_begin_again() -> None:
    """Each wait lies between half of its turn's length and all of it."""
    backoff = Backoff(0.5, 4.0)
    for turn_s in (0.5, 1.0, 2.0, 4.0, 4.0):
        assert turn_s / 2 <= backoff.wait_s() <= turn_s
    backoff.reset()
    # Without the reset it would be at least 2 s, half of the longest.
    assert backoff.wait_s() <= 0.5


def test_two_that_fail_together_do_not_return_together() -> None:
    """The jitter is drawn anew each time."""
    assert len({Backoff(0.5, 4.0).wait_s() for _ in range(20)}) > 10


async def test_the_first_to_end_ends_the_others() -> None:
    """A coroutine that would never end is cancelled, and has been when the call returns."""
    ended = []

    async def forever() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.append(True)

    await until_first(forever(), asyncio.sleep(0), forever())
    assert ended == [True, True]


async def test_it_fails_as_the_first_one_failed() -> None:
    """The error is raised, not swallowed."""

    async def failing() -> None:
        raise ValueError("broken")

    with pytest.raises(ValueError, match="broken"):
        await until_first(asyncio.Event().wait(), failing())  # type: ignore[arg-type]
