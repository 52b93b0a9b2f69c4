"""The journal's file: private, synced on commit, its write-ahead log bounded, and whole on a full disk."""

from pathlib import Path

import pytest

from stream.errors import RecordError
from stream.logbook.journal import Journal
from stream.logbook.journal_file import CACHE_KIB, WAL_RESERVE_BYTES
from stream.records import Coverage
from tests.stream.logbook.journals import large_message, message, wal


def test_only_the_owner_may_read_the_file(journal: Journal, journal_path: Path) -> None:
    """The file and its write-ahead log are 0600 whatever the umask says."""
    journal.post("bed-1", [message(1)])
    modes = {file.name: oct(file.stat().st_mode & 0o777) for file in journal_path.parent.iterdir()}
    assert modes == dict.fromkeys(("journal.db", "journal.db-wal", "journal.db-shm"), "0o600")


def test_m11_every_commit_is_synced_and_the_log_is_bounded(journal: Journal, journal_path: Path) -> None:
    """Synchronous is FULL (2) for findings; whatever is committed leaves a write-ahead log of 16 MiB."""
    # An acknowledgement is not synced, and must not leave the next commit like that.
    journal.acknowledge([1], 0)
    journal.commit("bed-1", 1, 0, [], [message(0)])
    assert journal._file.number("PRAGMA synchronous") == 2
    # 42 MB: the log is copied into the file twice, each time with 16 MiB (16.8e6 bytes), which makes 33.6e6.
    for number in range(700):
        journal.post("bed-1", [large_message(60_000, str(number))])
    assert journal_path.stat().st_size > 30e6
    # 4096 frames of 4120 bytes are 16.9e6, and the commit that passes them is some 0.06e6 longer.
    assert wal(journal_path).stat().st_size < 17.5e6


def test_a_checkpoint_leaves_nothing_for_a_commit_to_do(journal: Journal, journal_path: Path) -> None:
    """All is in the file itself then, and the next commit begins the write-ahead log anew."""
    journal.post("bed-1", [large_message(1_000_000)])
    grown = wal(journal_path).stat().st_size
    assert journal_path.stat().st_size < 1_000_000 < grown
    journal.checkpoint()
    assert journal_path.stat().st_size > 1_000_000
    journal.post("bed-1", [message(1)])
    # Written over from its beginning, and not lengthened.
    assert wal(journal_path).stat().st_size == grown
    assert journal.last_seq("bed-1") == 2


def test_an_extended_log_takes_commits_and_leaves_nothing_else(journal: Journal, journal_path: Path) -> None:
    """Commits fit into it, the tables are what they were, and so is the file."""
    journal.post("bed-1", [message(1)])
    tables = journal._file.rows("SELECT * FROM sqlite_schema")
    journal.extend_wal()
    extended = wal(journal_path).stat().st_size
    assert extended > WAL_RESERVE_BYTES
    for number in range(2, 60):
        assert journal.post("bed-1", [message(number)]) == [number]
    assert wal(journal_path).stat().st_size == extended
    assert journal._file.rows("SELECT * FROM sqlite_schema") == tables
    assert journal._file.rows("PRAGMA integrity_check") == [("ok",)]
    # A cache left at 10 pages would make every later query read the disk.
    assert journal._file.number("PRAGMA cache_size") == -CACHE_KIB


def test_a_full_disk_is_an_error_and_leaves_the_journal_whole(journal: Journal) -> None:
    """Nothing of the refused commit stays, and the next one works once there is room."""
    journal.commit("bed-1", 1, 5, [Coverage(0, 5, "analysed", "")], [message(1)])
    # SQLite's own bound on the file raises the very error of a full disk.
    pages = journal._file.number("PRAGMA page_count")
    journal._file.number(f"PRAGMA max_page_count = {pages}")
    large = large_message(100_000)
    with pytest.raises(RecordError, match=r"journal\.db: database or disk is full"):
        journal.commit("bed-1", 1, 9, [Coverage(5, 9, "analysed", "")], [large])
    assert (journal.cursor("bed-1", 1), journal.last_seq("bed-1")) == (5, 1)
    journal._file.number("PRAGMA max_page_count = 100000")
    assert journal.commit("bed-1", 1, 9, [Coverage(5, 9, "analysed", "")], [large]) == [2]
