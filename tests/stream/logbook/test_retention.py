"""Which messages are deleted, and when: by an age that the journal counts itself, and by the size of its file."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from stream.logbook import retention
from stream.logbook.journal import Journal
from stream.logbook.retention import BootTime, Retention, boot_time
from tests.stream.logbook.journals import START, message, sole_connection

DAY_S = 86_400.0


class HandBoot:
    """A boot clock that a test moves."""

    def __init__(self) -> None:
        self.time = BootTime("first", 1000.0)

    def __call__(self) -> BootTime:
        """Return its time."""
        return self.time

    def advance(self, seconds: float) -> None:
        """Let time pass."""
        self.time = replace(self.time, seconds=self.time.seconds + seconds)


@pytest.fixture
def boot() -> HandBoot:
    """Start at 1000 s."""
    return HandBoot()


@pytest.fixture
def kept(journal: Journal, boot: HandBoot) -> Retention:
    """Delete by a clock that the test moves."""
    return Retention(journal._file, boot)


@pytest.fixture
def write(journal: Journal) -> Callable[..., None]:
    """Return a function that journals messages, which the broker receives."""

    def journalled(*numbers: int, bed: str = "bed-1") -> None:
        journal.post(bed, [message(number) for number in numbers])
        journal.acknowledge([pending.rowid for pending in journal.pending(bed, 10_000)], 0)

    return journalled


def seqs(journal: Journal, bed: str = "bed-1") -> list[int]:
    """Return the sequence numbers that are there."""
    return [int(payload["seq"]) for payload in journal.events(bed, START)]


def prune_daily(kept: Retention, boot: HandBoot, days: int, keep_days: int = 30) -> int:
    """Let days pass, each with its deletions; return how many messages were deleted."""
    deleted = 0
    for _ in range(days):
        boot.advance(DAY_S)
        deleted += kept.prune(keep_days * DAY_S)
    return deleted


@pytest.mark.fault
def test_p3_a_wall_clock_that_is_a_month_ahead_deletes_nothing(journal_path: Path, boot: HandBoot) -> None:
    """Messages that are journalled while the clock is wrong are no older than others either."""
    ahead = timedelta()
    journal = Journal(journal_path, now_utc=lambda: START + ahead)
    kept = Retention(journal._file, boot)
    for turn, ahead in enumerate([timedelta(), timedelta(days=31), timedelta()]):  # noqa: B007  (the clock reads it)
        journal.post("bed-1", [message(10 * turn + n) for n in range(3)])
        journal.acknowledge([pending.rowid for pending in journal.pending("bed-1", 100)], 0)
        boot.advance(14.0)
        assert kept.prune(30 * DAY_S) == 0
    assert len(seqs(journal)) == 9
    journal.close()


def test_what_is_older_than_the_retention_is_deleted_and_the_rest_is_not(
    journal: Journal, kept: Retention, boot: HandBoot, write: Callable[..., None]
) -> None:
    """To the hour: a message is as old as the first mark after it."""
    write(1, 2)
    assert prune_daily(kept, boot, 10) == 0
    write(3, 4)
    assert prune_daily(kept, boot, 20) == 0
    # The first two were marked a day after they were written.
    assert prune_daily(kept, boot, 2) == 2
    assert seqs(journal) == [3, 4]


def test_pruning_keeps_the_numbers_going(
    journal: Journal, kept: Retention, boot: HandBoot, write: Callable[..., None]
) -> None:
    """The newest message stays even when it is old, and so does all that no broker has received."""
    write(1, 2, 3)
    journal.post("bed-1", [message(4)])
    write(7, bed="bed-2")
    journal.replay("bed-1", 1, 1)
    assert prune_daily(kept, boot, 40) == 2
    assert (seqs(journal), seqs(journal, "bed-2")) == ([1, 4], [1])
    assert journal.post("bed-1", [message(9)]) == [5]


def test_a_host_that_was_off_counts_only_what_it_was_on(
    journal: Journal, kept: Retention, boot: HandBoot, write: Callable[..., None]
) -> None:
    """After another start of the host the age goes on from the last mark; a restart of Spikewatch costs nothing."""
    write(1, 2)
    prune_daily(kept, boot, 20)
    boot.time = BootTime("second", 5.0)
    assert Retention(journal._file, boot).age_s() == 19 * DAY_S
    assert prune_daily(kept, boot, 10) == 0
    assert prune_daily(kept, boot, 5) == 1


def test_pruning_goes_in_batches_until_all_is_done(
    journal: Journal, kept: Retention, boot: HandBoot, write: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """No transaction deletes more than a batch, and the newest of each bed does not count."""
    monkeypatch.setattr(retention, "BATCH_ROWS", 4)
    for number in range(6):
        # Alternating, so that the newest message of the one bed lies among the old ones of the other.
        write(2 * number)
        write(2 * number + 1, bed="bed-2")
    kept.prune(DAY_S)
    boot.advance(2 * DAY_S)
    kept.prune(DAY_S)
    boot.advance(2 * DAY_S)
    assert [kept.prune(DAY_S) for _ in range(4)] == [4, 2, 0, 0]
    assert (journal.last_seq("bed-1"), journal.last_seq("bed-2")) == (6, 6)


def test_pruning_scans_no_table(journal: Journal, journal_path: Path, kept: Retention) -> None:
    """However many messages there are, only those to be deleted are visited."""
    journal.post("bed-1", [message(1)])
    journal.acknowledge([1], 0)
    database = sole_connection(journal_path)
    statements: list[str] = []
    journal._file._database.set_trace_callback(statements.append)
    kept.prune(0)
    journal._file._database.set_trace_callback(None)
    selects = [statement for statement in statements if statement.startswith("SELECT")]
    plans = [row[3] for query in selects for row in database.rows(f"EXPLAIN QUERY PLAN {query}")]
    assert any("messages_acked (kind=? AND rowid<?)" in step for step in plans)
    # "SEARCH old" goes by an index from row to row; "SCAN old" would visit every message.
    assert [step for step in plans if step.startswith("SCAN") and "pragma" not in step and "marks" not in step] == []
    database.close()


def test_a_journal_that_is_too_large_loses_what_is_worth_least(journal: Journal, kept: Retention) -> None:
    """Sleep stages before events, and no message that waits for a broker."""
    journal.post("bed-1", [message(n, "sleep") for n in range(50)])
    journal.post("bed-1", [message(n) for n in range(250)])
    assert kept.shrink(0) == 0
    journal.acknowledge([pending.rowid for pending in journal.pending("bed-1", 200)], 0)
    assert kept.shrink(1 << 30) == 0
    full = kept.used_bytes()
    assert [kept.shrink(0) for _ in range(4)] == [50, 100, 50, 0]
    assert kept.used_bytes() < full
    assert len(seqs(journal)) == 100


def test_the_hosts_own_clock_is_of_one_start_and_goes_forward() -> None:
    """Two readings are of the same boot, the second not before the first."""
    first, second = boot_time(), boot_time()
    assert first.boot == second.boot != ""
    assert second.seconds >= first.seconds > 0
