"""Child processes: started, listened to, watched for progress, and started again; never given up."""

import asyncio
import json
import os
import signal
import sys
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import structlog

from stream.errors import SpikewatchError
from stream.schema.reports import Report, parse
from stream.waiting import Backoff

FIRST_REPORT_S = 180.0
"""A new process may load libraries and weights for this long before it first reports."""
STALLED_S = 10.0
"""Reports come every second; a process that has said nothing for this long hangs, and is killed."""
STOP_S = 3.0
LONGEST_REPORT = 1 << 20
STEADY_S = 30.0
"""A process that lived this long is started again at once when it dies."""
USERS_TO_MEND = (2, 3)
"""Exit codes for what a restart cannot mend: configuration, and files that cannot be read."""

_log = structlog.get_logger()


class ChildFailedError(SpikewatchError):
    """A child ended before its first report with an error that its user must mend; it has said which on stderr."""


class Child:
    """One process, `python -m <module>`, for ever; `ready` is set by its first report.

    Parameters
    ----------
    task
        what it reads from stdin, one JSON line; `report_fd` and `restarted` are added
    pass_fds
        file descriptors that it inherits
    on_report, on_lost_report
        called with each report, and with the child's name for one that was cut
    on_change
        called with the child's name, whether the process is up, and whether it had been started before
    """

    def __init__(
        self,
        name: str,
        module: str,
        task: dict[str, Any],
        pass_fds: tuple[int, ...],
        *,
        on_report: Callable[[Report], None],
        on_lost_report: Callable[[str], None],
        on_change: Callable[[str, bool, bool], None],
    ) -> None:
        self.name = name
        self._module = module
        self._task = task
        self._pass_fds = pass_fds
        self._on_report = on_report
        self._on_lost_report = on_lost_report
        self._on_change = on_change
        self._reported = False
        self.ready = asyncio.Event()

    async def run(self) -> None:
        """Keep the process alive until cancelled; then end it.

        Raises
        ------
        ChildFailedError
            if it ends before its first report because of the configuration or a file
        """
        backoff, restarted, loop = Backoff(0.25, 5.0), False, asyncio.get_running_loop()
        while True:
            started_s = loop.time()
            code = await self._live(restarted=restarted)
            if code in USERS_TO_MEND and not self.ready.is_set():
                failed = ChildFailedError(f"{self.name} could not start")
                failed.exit_code = code
                raise failed
            _log.error("process ended; starting it again", process=self.name, code=code)
            if loop.time() - started_s > STEADY_S:
                backoff.reset()
            await asyncio.sleep(backoff.wait_s())
            restarted = restarted or self._reported

    async def _live(self, *, restarted: bool) -> int:
        """Run the process once and give its exit code."""
        self._reported = False
        read_fd, write_fd = os.pipe()
        try:
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", self._module),
                stdin=asyncio.subprocess.PIPE,
                pass_fds=(*self._pass_fds, write_fd),
            )
        finally:
            os.close(write_fd)
        self._on_change(self.name, True, restarted)
        try:
            await _instruct(process, self._task | {"report_fd": write_fd, "restarted": restarted})
            await self._listen(read_fd)
        finally:
            code = await _end(process)
            self._on_change(self.name, False, restarted)
        return code

    async def _listen(self, read_fd: int) -> None:
        """Hand on every report until the process closes the pipe, or says nothing for too long."""
        reader = asyncio.StreamReader(limit=LONGEST_REPORT)
        pipe, loop = os.fdopen(read_fd, "rb", 0), asyncio.get_running_loop()
        transport, _ = await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), pipe)
        try:
            async with asyncio.timeout(FIRST_REPORT_S) as patience:
                while line := await reader.readline():
                    self._take(line)
                    if self._reported:
                        patience.reschedule(loop.time() + STALLED_S)
        except TimeoutError:
            _log.error("process hangs; killing it", process=self.name)
        finally:
            transport.close()

    def _take(self, line: bytes) -> None:
        try:
            report = parse(line)
        except (ValueError, TypeError):
            self._on_lost_report(self.name)
            return
        self._reported = True
        self.ready.set()
        self._on_report(report)


async def _instruct(process: asyncio.subprocess.Process, task: dict[str, Any]) -> None:
    assert process.stdin is not None  # noqa: S101  (it was asked for)
    process.stdin.write((json.dumps(task) + "\n").encode())
    with suppress(ConnectionError):  # it may have died already; its exit code says why
        await process.stdin.drain()
    process.stdin.close()


async def _end(process: asyncio.subprocess.Process) -> int:
    """Ask the process to stop, insist when it does not, and give its exit code."""
    _signal(process, signal.SIGTERM)
    try:
        return await asyncio.wait_for(process.wait(), STOP_S)
    except TimeoutError:
        _signal(process, signal.SIGKILL)
        return await process.wait()


def _signal(process: asyncio.subprocess.Process, number: signal.Signals) -> None:
    """Send a signal, by hand: `Process.terminate` polls first, and so takes the exit code away from who waits."""
    if process.returncode is None:
        with suppress(ProcessLookupError):
            os.kill(process.pid, number)
