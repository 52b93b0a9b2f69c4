"""The journal's file: private, synced, bounded, whole on a full disk; what is no journal is refused by name."""

import os
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from stream.errors import RecordError
from stream.logbook.journal import Journal, Outgoing
from stream.logbook.journal_file import ROOM_BYTES
from stream.logbook.journal_reader import JournalReader
from stream.records import Coverage
from tests.stream.logbook.test_journal import START, event, journal, path

__all__ = ["journal", "path"]


def test_only_the_owner_may_read_the_file(journal: Journal, path: Path) -> None:
    """The file and its write-ahead log are 0600 whatever the umask says."""
    journal.post("bed-1", [event(1)])
    modes = {file.name: oct(file.stat().st_mode & 0o777) for file in path.parent.iterdir()}
    assert modes == dict.fromkeys(("journal.db", "journal.db-wal", "journal.db-shm"), "0o600")


def test_every_commit_is_synced_and_the_log_is_bounded(journal: Journal, path: Path) -> None:
    """Synchronous is FULL (2) for findings; whatever is committed leaves a write-ahead log of 16 MiB."""
    journal.acknowledge([1], 0)
    journal.commit("bed-1", 1, 0, [], [event(0)])
    assert journal._file.number("PRAGMA synchronous") == 2
    blob = "x" * 60_000
    for number in range(700):
        journal.post("bed-1", [Outgoing(str(number), "audit", "event/audit", {"detail": blob}, False, START)])
    assert path.stat().st_size > 30e6
    assert (path.parent / "journal.db-wal").stat().st_size < 17.5e6


def test_a_checkpoint_leaves_nothing_for_a_commit_to_do(journal: Journal, path: Path) -> None:
    """All is in the file itself then, and the next commit begins the write-ahead log anew."""
    log = path.parent / "journal.db-wal"
    journal.post("bed-1", [Outgoing("large", "audit", "event/audit", {"detail": "x" * 1_000_000}, False, START)])
    grown = log.stat().st_size
    assert path.stat().st_size < 1_000_000 < grown
    journal.checkpoint()
    assert path.stat().st_size > 1_000_000
    journal.post("bed-1", [event(1)])
    assert log.stat().st_size == grown
    assert journal.last_seq("bed-1") == 2


def test_room_in_the_log_is_made_by_nothing_that_stays(journal: Journal, path: Path) -> None:
    """Commits fit into it, the tables are what they were, and so is the file."""
    journal.post("bed-1", [event(1)])
    tables = journal._file.rows("SELECT * FROM sqlite_schema")
    journal.make_room()
    log = path.parent / "journal.db-wal"
    made = log.stat().st_size
    assert made > ROOM_BYTES
    for number in range(2, 60):
        assert journal.post("bed-1", [event(number)]) == [number]
    assert log.stat().st_size == made
    assert journal._file.rows("SELECT * FROM sqlite_schema") == tables
    assert journal._file.rows("PRAGMA integrity_check") == [("ok",)]
    assert journal._file.number("PRAGMA cache_size") == -2000


def test_who_asks_does_not_wait_for_who_writes(journal: Journal) -> None:
    """In the middle of a commit, as long as its disk may take: what was committed before it is told."""
    journal.post("bed-1", [event(1)])
    with journal._file.transaction(), ThreadPoolExecutor(1) as other:
        asked = other.submit(lambda: (journal.last_seq("bed-1"), journal.outbox_size(), journal.pending("bed-1", 9)))
        assert asked.result(timeout=10)[:2] == (1, 1)


def test_a_full_disk_is_said_and_leaves_the_journal_whole(journal: Journal) -> None:
    """Nothing of the refused commit stays, and the next one works once there is room."""
    journal.commit("bed-1", 1, 5, [Coverage(0, 5, "analysed", "")], [event(1)])
    pages = journal._file.number("PRAGMA page_count")
    journal._file.number(f"PRAGMA max_page_count = {pages}")
    large = Outgoing("large", "audit", "event/audit", {"detail": "x" * 100_000}, False, START)
    with pytest.raises(RecordError, match=r"journal\.db: database or disk is full"):
        journal.commit("bed-1", 1, 9, [Coverage(5, 9, "analysed", "")], [large])
    assert (journal.cursor("bed-1", 1), journal.last_seq("bed-1")) == (5, 1)
    journal._file.number("PRAGMA max_page_count = 100000")
    assert journal.commit("bed-1", 1, 9, [Coverage(5, 9, "analysed", "")], [large]) == [2]


def _damaged(path: Path) -> None:
    path.write_bytes(b"not a database, " * 100)


def _foreign(path: Path) -> None:
    database = sqlite3.connect(path)
    database.execute("CREATE TABLE patients (name TEXT)")
    database.close()


def _newer(path: Path) -> None:
    Journal(path).close()
    database = sqlite3.connect(path)
    database.execute("PRAGMA user_version = 99")
    database.close()


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        (_damaged, "file is not a database"),
        (_foreign, "not a journal; set journal.path"),
        (_newer, "version 99, this Spikewatch reads up to 1"),
        (Path.mkdir, "Is a directory; set journal.path"),
    ],
)
def test_a_file_that_is_no_journal_is_refused_by_name(path: Path, spoil: Callable[[Path], None], says: str) -> None:
    """One line names the file and the remedy, and the file is left as it was."""
    spoil(path)
    before = path.read_bytes() if path.is_file() else b""
    with pytest.raises(RecordError, match=rf"journal {path}: .*{says}"):
        Journal(path)
    assert (path.read_bytes() if path.is_file() else b"") == before


def test_a_page_that_breaks_later_is_said_by_name(path: Path) -> None:
    """Damage inside the file is a clear error of the query that meets it, not a traceback."""
    journal = Journal(path)
    journal.post("bed-1", [event(number) for number in range(500)])
    journal.close()
    data = bytearray(path.read_bytes())
    data[4096 * 8 :] = b"\xff" * (len(data) - 4096 * 8)
    path.write_bytes(data)
    with pytest.raises(RecordError, match=rf"journal {path}: .*malformed"):
        list(Journal(path).events("bed-1", START))


def test_a_folder_that_cannot_be_written_is_said(path: Path) -> None:
    """A missing folder and a read-only one are one clear line each."""
    with pytest.raises(RecordError, match=r"No such file or directory; set journal\.path"):
        Journal(path / "missing" / "journal.db")
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o555)
        root = os.geteuid() == 0
        if root:
            os.seteuid(65534)
        try:
            with pytest.raises(RecordError, match=r"Permission denied; set journal\.path"):
                Journal(Path(folder) / "journal.db")
        finally:
            if root:
                os.seteuid(0)


def test_asking_does_not_make_a_journal(path: Path) -> None:
    """A command that only reads names the missing file and makes none."""
    with pytest.raises(RecordError, match="there is no such file"):
        JournalReader(path)
    assert not path.exists()


def test_many_processes_may_open_a_new_journal_at_once(path: Path) -> None:
    """The tables are made once, whoever comes first."""
    command = [sys.executable, "-c", "import sys; from pathlib import Path\n"
               "from stream.logbook.journal import Journal\n"
               "sys.stdin.read(); Journal(Path(sys.argv[1])).close()", str(path)]  # fmt: skip
    processes = [subprocess.Popen(command, stdin=subprocess.PIPE, stderr=subprocess.PIPE) for _ in range(4)]
    for process in processes:
        assert process.stdin is not None
        process.stdin.close()
    assert [(process.wait(), process.stderr.read()) for process in processes if process.stderr] == [(0, b"")] * 4
    for process in processes:
        assert process.stderr is not None
        process.stderr.close()


def test_a_new_journal_waits_until_another_that_opens_it_is_done(path: Path) -> None:
    """Where another is writing to the file, SQLite refuses to turn it to a write-ahead log at once, without waiting."""
    path.touch()
    other = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    other.execute("BEGIN IMMEDIATE")
    with ThreadPoolExecutor(1) as pool:
        opening = pool.submit(Journal, path)
        with pytest.raises(TimeoutError):
            opening.result(0.2)
        other.execute("ROLLBACK")
        other.close()
        opening.result(10).close()


def test_threads_that_open_a_new_journal_at_once_all_get_it(tmp_path: Path) -> None:
    """Fifty files, two at each: SQLite alone turned one of them away once in a hundred times."""
    with ThreadPoolExecutor(2) as pool:
        for number in range(50):
            both = list(pool.map(Journal, [tmp_path / f"{number}.db"] * 2))
            for at, journal in enumerate(both):
                journal.post("bed-1", [event(at)])
            assert [journal.last_seq("bed-1") for journal in both] == [2, 2]
            for journal in both:
                journal.close()
