"""Child processes: started, listened to, watched for progress, and started again however they end."""

import asyncio
import json
import os
import signal
from asyncio.subprocess import Process
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final

import structlog

from stream import logs
from stream.errors import SpikewatchError
from stream.schema.reports import Report, parse
from stream.supervise.report_pipe import READ_BYTES, ReportPipe
from stream.supervise.starting import Spare, start
from stream.waiting import Backoff

# A new process may load libraries and weights for this long before it first reports.
FIRST_REPORT_S: Final = 180.0
# Reports come every second; a process whose pipe stays empty for this long hangs, and is killed.
STALLED_S: Final = 10.0
# A timer that comes this late means that the parent itself was held (a paused container, a busy host).
HELD_S: Final = 1.0
STOP_S: Final = 3.0
LAST_WORDS_S: Final = 1.0
# First and longest wait before the next start.
RESTART_S: Final = (0.25, 5.0)
# A process that lived this long is started again at once when it dies.
STEADY_S: Final = 30.0
# Exit codes for what a restart cannot mend: configuration, and files that cannot be read.
USERS_TO_MEND: Final = (2, 3)

_log = structlog.get_logger()


class ChildFailedError(SpikewatchError):
    """A child ended before its first report with an error that its user must mend; it has written which to stderr."""


@dataclass(frozen=True, slots=True)
class ProcessChange:
    """A child process came up or went down; `restarted` if one of that name had reported before.

    `asked`: it went down because `Child.restart` asked for it.
    """

    name: str
    up: bool
    restarted: bool
    reason: str = ""
    asked: bool = False


class Child:
    """One process, `python -m <module>`, kept alive; `ready` is set by its first report.

    Parameters
    ----------
    task
        what it reads from stdin, one JSON line; `report_fd` and `restarted` are added
    pass_fds
        file descriptors that it inherits
    spare
        whether another one is held ready for when it ends
    on_report, on_lost_report
        called with each report, and with the child's name for one that was cut or is invalid
    on_change
        called when the process has started, has ended, or could not be started
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
        on_change: Callable[[ProcessChange], None],
        spare: bool = False,
    ) -> None:
        self.name = name
        self._module = module
        self._task = task
        self._pass_fds = pass_fds
        self._on_report = on_report
        self._on_lost_report = on_lost_report
        self._on_change = on_change
        self._spare = Spare(module, pass_fds) if spare else None
        self._reported = self._asked = False
        self._process: Process | None = None
        self.ready = asyncio.Event()

    def restart(self, task: dict[str, Any]) -> None:
        """Start the process again with another task; one that does not run has it at its next start."""
        self._task = task
        if self._process is not None and self._process.returncode is None:
            self._asked = True
            # Killed, as it may be at any instant: it continues from the logs exactly where it was.
            self._process.kill()

    async def run(self) -> None:
        """Keep the process alive until cancelled; then end it.

        Raises
        ------
        ChildFailedError
            if it ends before its first report because of the configuration or a file
        """
        try:
            await self._live_on()
        finally:
            if self._spare:
                await self._spare.end()

    async def _live_on(self) -> None:
        backoff, restarted, loop = Backoff(*RESTART_S), False, asyncio.get_running_loop()
        while True:
            started_s = loop.time()
            code = await self._live(restarted=restarted)
            if code in USERS_TO_MEND and not self.ready.is_set():
                failed = ChildFailedError(f"{self.name} could not start")
                failed.exit_code = code
                raise failed
            if loop.time() - started_s > STEADY_S:
                backoff.reset()
            await asyncio.sleep(backoff.wait_s())
            restarted = restarted or self._reported

    async def _live(self, *, restarted: bool) -> int:
        """Run the process once and return its exit code, 1 for one that could not be started."""
        self._reported = self._asked = False
        try:
            started = (self._spare and self._spare.take()) or await start(self._module, self._pass_fds)
        except (OSError, RuntimeError) as error:
            # No memory, process, thread or descriptor is left at this moment; the other beds must not end for it.
            reason = f"the process {self.name} cannot be started ({error})"
            _log.error("process cannot be started; trying again", process=self.name, reason=str(error))
            self._on_change(ProcessChange(self.name, up=False, restarted=restarted, reason=reason))
            return 1
        self._process = process = started.process
        own = {"report_fd": started.write_fd, "restarted": restarted, "for_person": logs.for_person()}
        with ReportPipe(started.read_fd) as pipe:
            self._on_change(ProcessChange(self.name, up=True, restarted=restarted))
            words = asyncio.create_task(_pass_on_words(process))
            preparing = asyncio.create_task(self._prepare())
            try:
                await _instruct(process, self._task | own)
                await self._listen(pipe)
            finally:
                preparing.cancel()
                code = await _end(process)
                # Its last words are all in the pipe by now, unless a process of its own holds the other end.
                await asyncio.wait([words], timeout=LAST_WORDS_S)
                words.cancel()
                self._on_change(ProcessChange(self.name, up=False, restarted=restarted, asked=self._asked))
        if self._asked:
            _log.info("process ended, as asked; starting it again", process=self.name)
        else:
            _log.error("process ended; starting it again", process=self.name, code=code)
        return code

    async def _prepare(self) -> None:
        """Hold another process ready, but first let the one that starts have the processor."""
        if self._spare:
            await self.ready.wait()
            await self._spare.prepare()

    async def _listen(self, pipe: ReportPipe) -> None:
        """Pass every report on until the process closes the pipe, or the pipe stays empty for too long."""
        loop = asyncio.get_running_loop()
        due_s = loop.time() + FIRST_REPORT_S
        while True:
            try:
                lines = await pipe.lines(due_s - loop.time())
            except TimeoutError:
                if loop.time() < due_s + HELD_S:
                    _log.error("process hangs; killing it", process=self.name)
                    return
                # Whatever held the parent may have held the child too: it gets as long again to report.
                due_s = loop.time() + STALLED_S
                continue
            if lines is None:
                return
            for line in lines:
                self._receive(line)
            if lines and self._reported:
                due_s = loop.time() + STALLED_S

    def _receive(self, line: bytes) -> None:
        try:
            report = parse(line)
        except ValueError:
            self._on_lost_report(self.name)
            return
        self._reported = True
        self.ready.set()
        self._on_report(report)


async def _instruct(process: Process, task: dict[str, Any]) -> None:
    assert process.stdin is not None  # noqa: S101  (it was started with a pipe there)
    process.stdin.write((json.dumps(task) + "\n").encode())
    with suppress(ConnectionError):  # it may have died already; its exit code says why
        await process.stdin.drain()
    process.stdin.close()


async def _pass_on_words(process: Process) -> None:
    """Write what a child writes on stderr to this process's own, until it closes it."""
    assert process.stderr is not None  # noqa: S101  (it was started with a pipe there)
    while piece := await process.stderr.read(READ_BYTES):
        logs.pass_on(piece)


async def _end(process: Process) -> int:
    """Ask the process to stop, insist when it does not, and return its exit code."""
    _signal(process, signal.SIGTERM)
    try:
        return await asyncio.wait_for(process.wait(), STOP_S)
    except TimeoutError:
        _signal(process, signal.SIGKILL)
        return await process.wait()


def _signal(process: Process, number: signal.Signals) -> None:
    """Send a signal."""
    # By hand: `Process.terminate` polls first, and so takes the exit code away from the thread that waits for it.
    if process.returncode is None:
        with suppress(ProcessLookupError):
            os.kill(process.pid, number)
