"""A spare process takes over as soon as the one that runs ends, and is never left behind."""

import os
import platform
import signal
from collections.abc import Callable

import pytest

from stream.supervise import starting
from tests.stream.supervise.family import WHOLE, Family
from tests.stream.supervise.test_children import is_gone


@pytest.fixture
def family(make_family: Callable[..., Family], monkeypatch: pytest.MonkeyPatch) -> Family:
    """Make a child of which another is held ready as soon as it reports."""
    monkeypatch.setattr(starting, "SPARE_AFTER_S", 0.0)
    return make_family([WHOLE, "stay"], spare=True)


def spare_of(family: Family) -> int:
    """Return the id of the process that waits, 0 while there is none."""
    spare = family.child._spare
    return spare._started.process.pid if spare and spare._started else 0


async def test_a_spare_takes_the_task_of_the_one_that_is_killed(family: Family) -> None:
    """It knows that it is a restart, another waits in its place, and nothing is left in the end."""
    async with family.running():
        await family.until(lambda: len(family.reports) == 1)
        await family.soon(lambda: spare_of(family) > 0)
        waited = spare_of(family)
        os.kill(family.lives[0]["pid"], signal.SIGKILL)
        await family.until(lambda: len(family.reports) == 2)
        assert [life["restarted"] for life in family.lives] == [False, True]
        assert family.lives[1]["pid"] == waited
        await family.soon(lambda: spare_of(family) > 0)
        last = spare_of(family)
    assert last != waited
    assert is_gone(last)


async def test_without_its_spare_it_is_started_as_ever(family: Family) -> None:
    """A spare that was killed as well is not waited for."""
    async with family.running():
        await family.until(lambda: len(family.reports) == 1)
        await family.soon(lambda: spare_of(family) > 0)
        waited = spare_of(family)
        os.kill(waited, signal.SIGKILL)
        await family.soon(lambda: is_gone(waited))
        os.kill(family.lives[0]["pid"], signal.SIGKILL)
        await family.until(lambda: len(family.reports) == 2)
    assert family.lives[1]["pid"] not in {waited, family.lives[0]["pid"]}


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="the limit of large blocks is glibc's")
async def test_a_large_block_of_a_child_is_given_back_whole_and_its_heap_stays_as_it_is() -> None:
    """By itself glibc would take the second block from the heap, 4 MB larger then."""
    started = await starting.start("tests.stream.supervise.large_block", ())
    os.close(started.read_fd)
    _, stderr = await started.process.communicate()
    assert int(stderr) < 1 << 20
