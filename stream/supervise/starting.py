"""How a child process is started, and a spare one that has loaded its libraries and waits for its task."""

import asyncio
import os
import sys
from asyncio.subprocess import PIPE, Process
from dataclasses import dataclass
from typing import Final

import structlog

SPARE_AFTER_S: Final = 10.0
"""Behind the first report: what came during a start is worked off first, and a process that ends at once has none."""

LARGE_BYTES: Final = 1 << 20
"""Blocks from this size on are mapped one by one (glibc), and given back whole as soon as they are free. By itself
glibc moves this limit up to the size of what was freed, and such blocks come from the heap from then on: the detector's
grew by 3.7 MB at a time, each time something small had come to lie behind one."""

_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Started:
    """A process that waits for its task; `read_fd` is this end of its report pipe, `write_fd` its number over there."""

    process: Process
    read_fd: int
    write_fd: int


async def start(module: str, pass_fds: tuple[int, ...]) -> Started:
    """Start `python -m <module>`, which inherits some file descriptors.

    Raises
    ------
    OSError, RuntimeError
        if no memory, process, thread or descriptor is left
    """
    read_fd, write_fd = os.pipe()
    try:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", module),
            stdin=PIPE,
            # Read here and passed on: a child that wrote to a terminal that was stopped would stop as well.
            stderr=PIPE,
            pass_fds=(*pass_fds, write_fd),
            env={"MALLOC_MMAP_THRESHOLD_": str(LARGE_BYTES), **os.environ},
        )
    except BaseException:
        # Each try would keep one descriptor more, until there are none for the page and the broker.
        os.close(read_fd)
        raise
    finally:
        os.close(write_fd)
    return Started(process, read_fd, write_fd)


class Spare:
    """A process of the same kind, for the moment in which the present one ends.

    Loading libraries takes seconds, in which nothing is detected. It has done so, and reads its task from stdin as any
    other; until then it costs memory alone.
    """

    def __init__(self, module: str, pass_fds: tuple[int, ...]) -> None:
        self._module, self._pass_fds = module, pass_fds
        self._started: Started | None = None

    async def prepare(self) -> None:
        """Start one, a while from now, if there is none."""
        await asyncio.sleep(SPARE_AFTER_S)
        # One that has ended meanwhile is dropped.
        self._started = self.take()
        if self._started is None:
            try:
                self._started = await start(self._module, self._pass_fds)
            except (OSError, RuntimeError) as error:
                # The one that runs is not concerned; the next start is slower.
                _log.warning("no spare process can be started", module=self._module, reason=str(error))

    def take(self) -> Started | None:
        """Return the process, which is then its taker's; None if there is none that lives."""
        started, self._started = self._started, None
        if started is not None and started.process.returncode is not None:
            os.close(started.read_fd)
            return None
        return started

    async def end(self) -> None:
        """End the process, which has nothing to lose."""
        if (started := self.take()) is not None:
            os.close(started.read_fd)
            started.process.kill()
            await started.process.wait()
