"""A child process that does what a test lists, and what its parent received of it."""

import asyncio
import json
import os
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any

from stream.schema.reports import Report
from stream.supervise.children import Child, ChildFailedError, ProcessChange
from tests.stream.supervise.reports import ANALYSING

REPORT = ANALYSING
WHOLE = json.dumps({"kind": "DetectReport", **asdict(REPORT)}) + "\n"
CUT = '{"kind": "DetectRep\n'
PROGRAM = """
import json, os, signal, sys, time

task = json.loads(sys.stdin.readline())
with open(task["lives"], "a") as lives:
    lives.write(json.dumps({"pid": os.getpid(), "restarted": task["restarted"]}) + "\\n")
with open(task["lives"]) as lives:
    life = len(lives.readlines()) - 1
deeds = task["deeds"][min(life, len(task["deeds"]) - 1)]
for deed in deeds:
    if deed == "deaf":
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    elif deed == "stay":
        time.sleep(600)
    elif isinstance(deed, int):
        sys.exit(deed)
    elif deed == "pause":
        time.sleep(0.05)
    elif deed == "wake":
        os.eventfd_write(task["wake_fd"], 1)
    else:
        # One write takes no more than the pipe holds.
        text = deed.encode()
        while text:
            text = text[os.write(task["report_fd"], text):]
"""


class Family:
    """One child, and what its parent received of it."""

    def __init__(self, folder: Path, deeds: list[list[Any]], *, spare: bool = False) -> None:
        self.lives_path = folder / "lives"
        self.reports: list[Report] = []
        self.lost: list[str] = []
        self.changes: list[tuple[bool, bool]] = []
        self.reasons: list[str] = []
        self.asked: list[bool] = []
        self.wake_fd = os.eventfd(0, os.EFD_NONBLOCK)
        self._news = asyncio.Event()
        self.child = Child(
            "detect",
            "fake_child",
            {"lives": str(self.lives_path), "deeds": deeds, "wake_fd": self.wake_fd},
            (self.wake_fd,),
            on_report=lambda report: self._note(self.reports, report),
            on_lost_report=lambda name: self._note(self.lost, name),
            on_change=self._on_change,
            spare=spare,
        )

    def _note(self, kept: list[Any], what: object) -> None:
        kept.append(what)
        self._news.set()

    def _on_change(self, change: ProcessChange) -> None:
        self.reasons.append(change.reason)
        self.asked.append(change.asked)
        self._note(self.changes, (change.up, change.restarted))

    async def until(self, enough: Callable[[], bool]) -> None:
        """Wait for news until there is enough of it."""
        # Less than the 600 s of "stay": a child does not end by itself first.
        async with asyncio.timeout(90):
            while not enough():
                self._news.clear()
                await self._news.wait()

    async def soon(self, enough: Callable[[], bool]) -> None:
        """Wait for what is no news."""
        async with asyncio.timeout(90):
            while not enough():  # noqa: ASYNC110  (nothing tells of it)
                await asyncio.sleep(0.01)

    @property
    def lives(self) -> list[dict[str, Any]]:
        """What each process wrote of itself."""
        return [json.loads(line) for line in self.lives_path.read_text().splitlines()]

    @asynccontextmanager
    async def running(self) -> AsyncIterator["asyncio.Task[None]"]:
        """Keep the child until the block ends."""
        task = asyncio.create_task(self.child.run())
        try:
            yield task
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError, ChildFailedError):
                await task
            os.close(self.wake_fd)
