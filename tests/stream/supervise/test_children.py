"""Children: started again whenever they end or hang, ended with the parent, given up only for what a user must mend."""

import asyncio
import json
import os
import signal
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from stream.schema.reports import DetectReport, Report
from stream.supervise import children
from stream.supervise.children import Child, ChildFailedError, ProcessChange

REPORT = DetectReport("bed-1", {}, {}, {}, {}, 0, 0, "W", {}, {}, {})
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
        time.sleep(60)
    elif isinstance(deed, int):
        sys.exit(deed)
    elif deed == "pause":
        time.sleep(0.05)
    elif deed == "wake":
        os.eventfd_write(task["wake_fd"], 1)
    else:
        text = deed.encode()
        while text:
            text = text[os.write(task["report_fd"], text):]
"""


class Family:
    """One child, and what its parent received of it."""

    def __init__(self, folder: Path, deeds: list[list[Any]]) -> None:
        self.lives_path = folder / "lives"
        self.reports: list[Report] = []
        self.lost: list[str] = []
        self.changes: list[tuple[bool, bool]] = []
        self.reasons: list[str] = []
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
        )

    def _note(self, kept: list[Any], what: object) -> None:
        kept.append(what)
        self._news.set()

    def _on_change(self, change: ProcessChange) -> None:
        self.reasons.append(change.reason)
        self._note(self.changes, (change.up, change.restarted))

    async def until(self, enough: Callable[[], bool]) -> None:
        """Wait for news until there is enough of it."""
        async with asyncio.timeout(20):
            while not enough():
                self._news.clear()
                await self._news.wait()

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


@pytest.fixture
def make_family(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Family]:
    """Make a child that does in each of its lives what a test lists; its parent is impatient."""
    (tmp_path / "fake_child.py").write_text(PROGRAM)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.setattr(children, "STOP_S", 0.5)

    def make(*deeds: list[Any]) -> Family:
        return Family(tmp_path, list(deeds))

    return make


def is_gone(pid: int) -> bool:
    """Return whether no such process is left, not even as a zombie."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return False


async def test_reports_are_received_and_the_process_ends_with_its_parent(make_family: Callable[..., Family]) -> None:
    """In order, and what was inherited works; when the parent stops, nothing is left."""
    family = make_family([WHOLE, "wake", WHOLE, "stay"])
    async with family.running():
        await family.until(lambda: len(family.reports) == 2)
    assert family.reports == [REPORT, REPORT]
    assert family.changes == [(True, False), (False, False)]
    [life] = family.lives
    assert not life["restarted"]
    assert is_gone(life["pid"])


async def test_a_process_that_dies_is_started_again(make_family: Callable[..., Family]) -> None:
    """Also with a code that would be its user's to mend, once it has reported; the next life knows of it."""
    family = make_family([WHOLE, 2], [WHOLE, "stay"])
    async with family.running():
        await family.until(lambda: len(family.reports) == 2)
    assert [life["restarted"] for life in family.lives] == [False, True]
    assert family.changes == [(True, False), (False, False), (True, True), (False, True)]


@pytest.mark.parametrize("code", [2, 3])
async def test_what_a_user_must_mend_ends_everything(make_family: Callable[..., Family], code: int) -> None:
    """Configuration, or a file: before the first report, with the child's own exit code."""
    family = make_family([code])
    async with family.running() as task:
        with pytest.raises(ChildFailedError, match="detect could not start") as failed:
            await asyncio.wait_for(task, 20)
    assert failed.value.exit_code == code
    assert len(family.lives) == 1


async def test_any_other_early_end_is_tried_again(make_family: Callable[..., Family]) -> None:
    """A port that is still taken, memory that is short; until a life has reported, it is not a restart."""
    family = make_family([1], [WHOLE, "stay"])
    async with family.running():
        await family.until(lambda: bool(family.reports))
    assert [life["restarted"] for life in family.lives] == [False, False]


async def test_a_process_that_hangs_is_killed(
    make_family: Callable[..., Family], monkeypatch: pytest.MonkeyPatch
) -> None:
    """After its last report, even when it is deaf to SIGTERM; its next life goes on."""
    monkeypatch.setattr(children, "STALLED_S", 0.3)
    family = make_family(["deaf", WHOLE, "stay"], [WHOLE, "stay"])
    async with family.running():
        await family.until(lambda: len(family.reports) == 2)
        assert is_gone(family.lives[0]["pid"])
    assert family.changes[:3] == [(True, False), (False, False), (True, True)]


async def test_a_process_that_never_reports_is_killed(
    make_family: Callable[..., Family], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It has longer for its first report than for those behind it."""
    monkeypatch.setattr(children, "FIRST_REPORT_S", 1.5)
    family = make_family(["stay"], [WHOLE, "stay"])
    async with family.running():
        await family.until(lambda: bool(family.reports))
    assert len(family.lives) == 2


async def test_a_cut_report_is_counted_and_the_next_one_read(make_family: Callable[..., Family]) -> None:
    """Neither half a line, nor one that is no report, ends anything."""
    family = make_family([CUT, '{"kind": "DetectReport", "bed": "bed-1"}\n', WHOLE, "stay"])
    async with family.running():
        await family.until(lambda: bool(family.reports))
    assert family.lost == ["detect", "detect"]
    assert family.reports == [REPORT]
    assert len(family.lives) == 1


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
    family = make_family(["x" * 2_000_000 + "\n", WHOLE, "stay"])
    async with family.running():
        await family.until(lambda: bool(family.reports))
    assert (family.lost, len(family.lives)) == (["detect"], 1)


async def test_a_held_parent_reads_what_waits_before_it_calls_a_child_hung(
    make_family: Callable[..., Family], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The parent stands still for longer than the limit; the child has reported all the time, and lives on."""
    monkeypatch.setattr(children, "STALLED_S", 0.5)
    monkeypatch.setattr(children, "HELD_S", 60.0)  # the pipe alone must save the child
    family = make_family([WHOLE, *["pause", WHOLE] * 40, "stay"])
    async with family.running():
        await family.until(lambda: bool(family.reports))
        time.sleep(1.5)  # noqa: ASYNC251 - the loop itself must stand still
        read = len(family.reports)
        await family.until(lambda: len(family.reports) >= read + 20)
    assert len(family.lives) == 1


async def test_a_child_that_was_held_together_with_its_parent_is_not_killed(
    make_family: Callable[..., Family], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A container that was paused: the pipe is empty, and the silence is not the child's fault."""
    monkeypatch.setattr(children, "STALLED_S", 0.6)
    monkeypatch.setattr(children, "HELD_S", 0.1)
    family = make_family([WHOLE, "pause", WHOLE, "stay"], [WHOLE, "stay"])
    async with family.running():
        await family.until(lambda: bool(family.reports))
        os.kill(family.lives[0]["pid"], signal.SIGSTOP)
        time.sleep(1.5)  # noqa: ASYNC251 - the loop itself must stand still
        os.kill(family.lives[0]["pid"], signal.SIGCONT)
        await family.until(lambda: len(family.reports) >= 2)
        assert len(family.lives) == 1


def open_descriptors() -> int:
    """Count this process's file descriptors."""
    return len(os.listdir("/proc/self/fd"))  # noqa: PTH208


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
    before = open_descriptors()
    async with family.running():
        await family.until(lambda: len(family.changes) == 2)
        assert open_descriptors() == before
        await family.until(lambda: bool(family.reports))
    assert family.changes[:3] == [(False, False), (False, False), (True, False)]
    assert all(str(error) in reason and "detect" in reason for reason in family.reasons[:2])
