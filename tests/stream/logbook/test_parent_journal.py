"""The journal as the parent uses it: nothing that a disk does raises, blocks the loop or loses an alarm."""

import asyncio
import os
import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from stream.errors import RecordError
from stream.logbook import parent_journal
from stream.logbook.journal import Journal, Outgoing
from stream.logbook.parent_journal import ParentJournal
from stream.records import Coverage
from stream.schema.outgoing import alarm_outgoing
from tests.stream.failing_journal import FULL, UNREADABLE, FailingJournal, alarm_events, out_of_reach
from tests.stream.logbook.journals import SOURCE

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def alarm(name: str, *, on: bool = True, reason: str = "") -> Outgoing:
    """Make an alarm's message."""
    return alarm_outgoing("bed-1", name, on=on, reason=reason, utc=NOW)


@pytest.fixture
def disk(tmp_path: Path) -> FailingJournal:
    """Open a journal on a disk that may fail."""
    return FailingJournal(tmp_path / "journal.db")


@pytest.fixture
async def journal(disk: FailingJournal) -> AsyncIterator[ParentJournal]:
    """Open a journal as the parent does."""
    posted_fd = os.eventfd(0, os.EFD_NONBLOCK)
    opened = ParentJournal(disk, posted_fd)
    yield opened
    # The thread ends only when its disk answers.
    disk.answering.set()
    disk.full = False
    opened.stop()
    disk.close()
    os.close(posted_fd)


async def test_posts_are_journalled_in_order_and_announced(disk: FailingJournal, journal: ParentJournal) -> None:
    """The publisher's eventfd is written to for each."""
    for name in ("behind", "shed"):
        journal.post("bed-1", alarm(name))
    await journal.flush(10)
    assert alarm_events(disk) == [("behind", True), ("shed", True)]
    assert os.eventfd_read(journal._posted_fd) == 2
    assert journal.waiting == 0


async def test_a_full_disk_delays_alarms_and_loses_none(disk: FailingJournal, journal: ParentJournal) -> None:
    """They wait, counted, with the reason; once there is room they come in order, each once."""
    disk.full = True
    for on in (True, False, True):
        journal.post("bed-1", alarm("shed", on=on))
    await journal.flush(10)
    assert (journal.waiting, journal.health.reason) == (3, FULL)
    journal.post("bed-1", alarm("behind"))
    journal.retry()
    await journal.flush(10)
    assert (journal.waiting, alarm_events(disk)) == (4, [])
    disk.full = False
    journal.retry()
    await journal.flush(10)
    assert alarm_events(disk) == [("shed", True), ("shed", False), ("shed", True), ("behind", True)]
    assert (journal.waiting, journal.health.reason) == (0, "")


async def test_m10_a_folder_that_cannot_be_entered_delays_alarms_and_loses_none(
    disk: FailingJournal, journal: ParentJournal
) -> None:
    """One line says so; once it can be entered they come."""
    with out_of_reach(disk.path):
        journal.post("bed-1", alarm("shed"))
        await journal.flush(10)
        assert journal.waiting == 1
        assert journal.health.reason.endswith("journal.db: Permission denied; see that its folder can be entered and "
                                              "its disk is sound, or set journal.path")  # fmt: skip
    journal.retry()
    await journal.flush(10)
    assert alarm_events(disk) == [("shed", True)]
    assert (journal.waiting, journal.health.reason) == (0, "")


async def test_what_waits_is_bounded_and_the_oldest_gives_way(
    disk: FailingJournal, journal: ParentJournal, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And it is counted how many did."""
    monkeypatch.setattr(parent_journal, "MOST_WAITING", 2)
    disk.full = True
    for name in ("behind", "shed", "no_stream"):
        journal.post("bed-1", alarm(name))
    assert (journal.waiting, journal.dropped) == (2, 1)
    await journal.flush(10)
    disk.full = False
    journal.retry()
    await journal.flush(10)
    assert alarm_events(disk) == [("shed", True), ("no_stream", True)]


async def test_a_disk_that_is_really_full_is_survived(tmp_path: Path) -> None:
    """SQLite itself refuses a page more, and takes the message once it may grow again."""
    file, posted_fd = Journal(tmp_path / "full.db"), os.eventfd(0, os.EFD_NONBLOCK)
    # SQLite's own limit on its pages fails as a full disk does, and needs no disk to fill.
    [(pages,)] = file._file.rows("PRAGMA page_count")
    file._file.rows(f"PRAGMA max_page_count = {pages}")
    journal = ParentJournal(file, posted_fd)
    # Longer than two pages of 4096, so that no page with room left can take it.
    journal.post("bed-1", alarm("shed", reason="x" * 10_000))
    await journal.flush(10)
    assert "full" in journal.health.reason
    assert journal.waiting == 1
    file._file.rows("PRAGMA max_page_count = 1000000")
    journal.retry()
    await journal.flush(10)
    assert (journal.waiting, journal.health.reason, alarm_events(file)) == (0, "", [("shed", True)])
    journal.stop()
    file.close()
    os.close(posted_fd)


async def test_a_disk_that_hangs_does_not_hold_the_event_loop(disk: FailingJournal, journal: ParentJournal) -> None:
    """Posting returns at once, and waiting for it ends when patience does."""
    disk.answering.clear()
    started_s = time.monotonic()
    for _ in range(100):
        journal.post("bed-1", alarm("shed"))
        journal.retry()
    await journal.flush(0.1)
    # A post that waited for this disk would take 20 s (`FailingJournal`).
    assert time.monotonic() - started_s < 5
    assert journal.waiting == 100
    disk.answering.set()
    await journal.flush(10)
    assert journal.waiting == 0


async def test_other_writes_raise_to_who_asked_and_are_remembered(disk: FailingJournal, journal: ParentJournal) -> None:
    """Until the same write succeeds."""
    disk.full = True
    with pytest.raises(RecordError):
        await journal.write("checkpoint", lambda file: file.checkpoint())
    assert journal.health.reason == FULL
    disk.full = False
    await journal.write("checkpoint", lambda file: file.checkpoint())
    assert journal.health.reason == ""


async def test_a_question_that_fails_is_answered_as_before(disk: FailingJournal, journal: ParentJournal) -> None:
    """With what the journal last said, or with nothing; and the failure is known."""
    journal.post("bed-1", alarm("shed"))
    await journal.flush(10)
    answers = (journal.last_seq("bed-1"), journal.outbox_size())
    disk.unreadable = True
    assert (journal.last_seq("bed-1"), journal.outbox_size()) == answers == (1, 1)
    assert journal.accounting("bed-1", 1) == {}
    assert (journal.newest("bed-1", "ied", 5), journal.ied_rate("bed-1", 60), journal.dead_letters()) == ([], 0, 0)
    assert journal.pending("bed-1", 5) == []
    assert journal.health.reason == UNREADABLE
    disk.unreadable = False
    journal.retry()
    assert journal.health.reason == ""
    assert [message.seq for message in journal.pending("bed-1", 5)] == [1]


async def test_of_a_bed_one_answer_is_kept_however_often_its_stream_begins_anew(
    disk: FailingJournal, journal: ParentJournal
) -> None:
    """A count of an earlier recording is not told as that of this one."""
    for recording in range(1, 100):
        journal.accounting("bed-1", recording)
    kept = len(journal._answers)
    disk.unreadable = True
    for recording in range(100, 200):
        assert journal.accounting("bed-1", recording) == {}
    assert (kept, len(journal._answers), len(journal._unanswered)) == (1, 1, 1)


async def test_of_a_night_only_what_was_made_of_it_is_kept(disk: FailingJournal, journal: ParentJournal) -> None:
    """A night grows by the hour: while the journal cannot be read, what was made before is the answer."""
    began = datetime.now(UTC) - timedelta(hours=1)
    ordinal = disk.open_recording("bed-1", "uid", SOURCE, began, 0.0, began.timestamp())
    disk.commit("bed-1", ordinal, 100, [Coverage(0, 100, "analysed", "")])
    seconds = 100 / SOURCE.rate_hz
    assert journal.of_night("bed-1", 7200, lambda night: night.seconds) == pytest.approx(seconds)
    assert list(journal._answers.values()) == [pytest.approx(seconds)]
    disk.unreadable = True
    assert journal.of_night("bed-1", 7200, lambda night: night.seconds) == pytest.approx(seconds)
    assert journal.of_night("bed-2", 7200, lambda night: night.seconds) == 0.0


async def test_what_waits_at_the_end_is_tried_once_more(disk: FailingJournal) -> None:
    """A disk with room again takes the last alarms before the parent ends."""
    posted_fd = os.eventfd(0, os.EFD_NONBLOCK)
    journal = ParentJournal(disk, posted_fd)
    disk.full = True
    journal.post("bed-1", alarm("shed"))
    await journal.flush(10)
    disk.full = False
    await asyncio.to_thread(journal.stop)
    os.close(posted_fd)
    assert alarm_events(disk) == [("shed", True)]
    disk.close()
