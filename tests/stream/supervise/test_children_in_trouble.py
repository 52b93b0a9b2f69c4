"""Children whose parent is held, short of memory or sent nonsense: none is killed or given up for it."""

import asyncio
import os
import signal
import time
from collections.abc import Callable
from typing import Any

import pytest

from stream.supervise import children
from tests.stream.supervise.family import WHOLE, Family


@pytest.mark.parametrize("line", ["[]\n", "5\n", WHOLE.replace('"budget_misses": 0', '"budget_misses": -1')])
async def test_a_report_that_is_not_what_its_type_says_ends_nothing(
    make_family: Callable[..., Family], line: str
) -> None:
    """Whatever a child writes, the parent reads on."""
    family = make_family([line, WHOLE, "stay"])
    async with family.running():
        await family.until(lambda: bool(family.reports))
    assert (family.lost, len(family.lives)) == (["detect"], 1)


async def test_a_line_without_an_end_is_dropped_and_the_next_report_read(make_family: Callable[..., Family]) -> None:
    """Two megabytes that are no line neither fill the memory nor end anything."""
    # Over the limit of 1 MiB once: what follows up to the newline is the one invalid line.
    family = make_family(["x" * 2_000_000 + "\n", WHOLE, "stay"])
    async with family.running():
        await family.until(lambda: bool(family.reports))
    assert (family.lost, len(family.lives)) == (["detect"], 1)


async def test_a_held_parent_reads_what_waits_before_it_calls_a_child_hung(
    make_family: Callable[..., Family], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The parent stands still for longer than the limit; the child has reported all the time, and lives on."""
    monkeypatch.setattr(children, "STALLED_S", 2.0)  # a child that a busy host lets wait is no hung one
    monkeypatch.setattr(children, "HELD_S", 60.0)  # the pipe alone must save the child
    # 100 pauses of 50 ms are 5 s, longer than the parent is held.
    family = make_family([WHOLE, *["pause", WHOLE] * 100, "stay"])
    async with family.running():
        await family.until(lambda: bool(family.reports))
        time.sleep(3.0)  # noqa: ASYNC251 - the loop itself must stand still
        read = len(family.reports)
        await family.until(lambda: len(family.reports) >= read + 20)
    assert len(family.lives) == 1


async def test_a_child_that_was_held_together_with_its_parent_is_not_killed(
    make_family: Callable[..., Family], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A container that was paused: the pipe is empty, and the silence is not the child's fault."""
    monkeypatch.setattr(children, "STALLED_S", 2.0)
    monkeypatch.setattr(children, "HELD_S", 0.1)
    family = make_family([WHOLE, "pause", WHOLE, "stay"], [WHOLE, "stay"])
    async with family.running():
        await family.until(lambda: bool(family.reports))
        os.kill(family.lives[0]["pid"], signal.SIGSTOP)
        time.sleep(3.0)  # noqa: ASYNC251 - the loop itself must stand still
        os.kill(family.lives[0]["pid"], signal.SIGCONT)
        await family.until(lambda: len(family.reports) >= 2)
        assert len(family.lives) == 1


def open_descriptors() -> int:
    """Count this process's file descriptors."""
    return len(os.listdir("/proc/self/fd"))  # noqa: PTH208


# EAGAIN, as fork reports it when no process is left; 12 is ENOMEM.
@pytest.mark.parametrize("error", [BlockingIOError(11, "Resource temporarily unavailable"), OSError(12, "no memory"),
                                   RuntimeError("can't start new thread")])  # fmt: skip
async def test_a_process_that_cannot_be_started_is_tried_again(
    make_family: Callable[..., Family], monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    """No process or memory left for a moment: the parent reports it, keeps no descriptor, and starts it later."""
    start, failures = asyncio.create_subprocess_exec, [error] * 2

    async def short_of_something(*command: str, **how: Any) -> asyncio.subprocess.Process:  # noqa: ANN401 -- as asyncio
        if failures:
            raise failures.pop()
        return await start(*command, **how)

    monkeypatch.setattr(asyncio, "create_subprocess_exec", short_of_something)
    family = make_family([WHOLE, "stay"])
    # The pipe of a process that was never started must not stay open: each try would keep one more.
    before = open_descriptors()
    async with family.running():
        await family.until(lambda: len(family.changes) == 2)
        assert open_descriptors() == before
        await family.until(lambda: bool(family.reports))
    assert family.changes[:3] == [(False, False), (False, False), (True, False)]
    assert all(str(error) in reason and "detect" in reason for reason in family.reasons[:2])
