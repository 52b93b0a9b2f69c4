"""Children: started again whenever they end or hang, ended with the parent, given up only for what a user must mend."""

import asyncio
import os
from collections.abc import Callable

import pytest
from structlog.testing import capture_logs

from stream.supervise import children
from stream.supervise.children import ChildFailedError
from tests.stream.supervise.family import CUT, REPORT, WHOLE, Family


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
    # 2 is a faulty configuration: before the first report it would end the parent.
    family = make_family([WHOLE, 2], [WHOLE, "stay"])
    async with family.running():
        await family.until(lambda: len(family.reports) == 2)
    assert [life["restarted"] for life in family.lives] == [False, True]
    assert family.changes == [(True, False), (False, False), (True, True), (False, True)]


async def test_a_restart_goes_on_with_another_task(make_family: Callable[..., Family]) -> None:
    """The process is ended at once, and its next life, which knows that it is one, does the other task."""
    family = make_family([WHOLE, "stay"])
    async with family.running():
        await family.until(lambda: len(family.reports) == 1)
        task = family.child._task
        family.child.restart(task | {"deeds": [["stay"], [WHOLE, WHOLE, "stay"]]})
        await family.until(lambda: len(family.reports) == 3)
    assert [life["restarted"] for life in family.lives] == [False, True]


async def test_an_end_that_was_asked_for_is_told_as_such(make_family: Callable[..., Family]) -> None:
    """The restart's, and not that of the life behind it, which ends by itself; in the log only that one is an error."""
    family = make_family([WHOLE, "stay"])
    with capture_logs() as lines:
        async with family.running():
            await family.until(lambda: len(family.reports) == 1)
            family.child.restart(family.child._task | {"deeds": [["stay"], [WHOLE, 1], [WHOLE, "stay"]]})
            await family.until(lambda: len(family.reports) == 3)
            assert [(up, asked) for (up, _), asked in zip(family.changes, family.asked, strict=True)] == [
                (True, False), (False, True), (True, False), (False, False), (True, False),
            ]  # fmt: skip
    ended = [line["log_level"] for line in lines if line["event"].startswith("process ended")]
    assert ended == ["info", "error"]


@pytest.mark.parametrize("code", [2, 3])
async def test_what_a_user_must_mend_ends_everything(make_family: Callable[..., Family], code: int) -> None:
    """Configuration, or a file: before the first report, with the child's own exit code."""
    family = make_family([code])
    async with family.running() as task:
        with pytest.raises(ChildFailedError, match="detect could not start") as failed:
            await asyncio.wait_for(task, 90)
    assert failed.value.exit_code == code
    assert len(family.lives) == 1


async def test_any_other_early_end_is_tried_again(make_family: Callable[..., Family]) -> None:
    """A port that is still taken, memory that is short; until a life has reported, it is not a restart."""
    family = make_family([1], [WHOLE, "stay"])
    async with family.running():
        await family.until(lambda: bool(family.reports))
    assert [life["restarted"] for life in family.lives] == [False, False]


async def test_i8_a_process_that_hangs_is_killed(
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
    # Longer than a busy host takes to start the second, which reports.
    monkeypatch.setattr(children, "FIRST_REPORT_S", 5.0)
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
