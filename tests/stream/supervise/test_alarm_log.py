"""Alarms in the journal: told as they begin, again when their reason is another one, and as they end."""

import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from stream.logbook.parent_journal import ParentJournal
from stream.supervise.alarm_log import AGAIN_S, NUMBERS_AGAIN_S, AlarmLog
from tests.stream.failing_journal import FailingJournal
from tests.stream.hand_clock import HandClock

Told = list[tuple[str, bool, str]]


class Harness:
    """One bed's alarm log, and what it has journalled."""

    def __init__(self, folder: Path) -> None:
        self.clock = HandClock()
        self.disk = FailingJournal(folder / "journal.db")
        self.posted_fd = os.eventfd(0, os.EFD_NONBLOCK)
        self.journal = ParentJournal(self.disk, self.posted_fd)
        self.log = AlarmLog("bed-1", self.journal, self.clock)

    async def told(self) -> Told:
        """Return what the journal holds: name, whether it is on, reason."""
        await self.journal.flush(10)
        newest = self.disk.newest("bed-1", "alarm", 100)
        return [(event["name"], event["on"], event["reason"]) for event in reversed(newest)]


@pytest.fixture
async def harness(tmp_path: Path) -> AsyncIterator[Harness]:
    """Begin without an alarm."""
    made = Harness(tmp_path)
    yield made
    made.journal.stop()
    made.disk.close()
    os.close(made.posted_fd)


async def test_alarms_are_told_as_they_begin_and_end(harness: Harness) -> None:
    """Each once, those that begin together by name; the end has the last reason that was told."""
    for alarms in ({"shed": "b", "behind": "a"}, {"shed": "b", "behind": "a"}, {"shed": "b"}, {}):
        harness.log.note(alarms)
    assert await harness.told() == [
        ("behind", True, "a"), ("shed", True, "b"), ("behind", False, "a"), ("shed", False, "b"),
    ]  # fmt: skip


async def test_a_reason_that_changes_is_told_again(harness: Harness) -> None:
    """Once it has stood for a while, and not time and again while it goes to and fro."""
    harness.log.note({"no_stream": "nobody answers"})
    for _ in range(round(AGAIN_S) - 1):
        harness.clock.now_s += 1
        harness.log.note({"no_stream": '"BrainAmp" is of type "Signal", not "EEG"'})
    assert await harness.told() == [("no_stream", True, "nobody answers")]
    harness.clock.now_s += 1
    for _ in range(3):
        harness.log.note({"no_stream": '"BrainAmp" is of type "Signal", not "EEG"'})
    harness.log.note({})
    why = '"BrainAmp" is of type "Signal", not "EEG"'
    assert (await harness.told())[1:] == [("no_stream", True, why), ("no_stream", False, why)]


async def test_numbers_that_grow_fill_no_journal(harness: Harness) -> None:
    """A reason that counts seconds is told once a minute."""
    for second in range(round(2 * NUMBERS_AGAIN_S) + 1):
        harness.log.note({"behind": f"{second}.5 s behind"})
        harness.clock.now_s += 1
    assert await harness.told() == [("behind", True, f"{second}.5 s behind") for second in (0, 60, 120)]
