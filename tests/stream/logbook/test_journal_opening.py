"""Opening a journal: what is refused, in one line, and what waits for another that opens it at the same moment."""

import os
import sqlite3
import tempfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from stream.errors import RecordError
from stream.logbook.journal import Journal
from stream.logbook.journal_reader import JournalReader
from stream.logbook.journal_schema import SCHEMA_VERSION
from tests.stream.logbook.journals import START, message
from tests.stream.logbook.opening_processes import open_in_processes


def _damaged(path: Path) -> None:
    path.write_bytes(b"not a database, " * 100)


def _foreign(path: Path) -> None:
    database = sqlite3.connect(path)
    database.execute("CREATE TABLE patients (name TEXT)")
    database.close()


def _newer(path: Path) -> None:
    Journal(path).close()
    database = sqlite3.connect(path)
    database.execute(f"PRAGMA user_version = {SCHEMA_VERSION + 1}")
    database.close()


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        (_damaged, "file is not a database"),
        (_foreign, "not a journal; set journal.path"),
        (
            _newer,
            f"version {SCHEMA_VERSION + 1}, this Spikewatch reads up to {SCHEMA_VERSION}; "
            "install a newer one or set journal.path",
        ),
        (Path.mkdir, "Is a directory; set journal.path"),
    ],
)
def test_a_file_that_is_no_journal_is_refused_by_name(
    journal_path: Path, spoil: Callable[[Path], None], says: str
) -> None:
    """One line names the file and the remedy, and the file is left as it was."""
    spoil(journal_path)
    before = journal_path.read_bytes() if journal_path.is_file() else b""
    with pytest.raises(RecordError, match=rf"journal {journal_path}: .*{says}") as error:
        Journal(journal_path)
    assert "\n" not in str(error.value)
    assert (journal_path.read_bytes() if journal_path.is_file() else b"") == before


def test_a_page_that_breaks_later_is_an_error_by_name(journal_path: Path) -> None:
    """Damage inside the file is a clear error of the query that meets it, not a traceback."""
    journal = Journal(journal_path)
    # Enough for rows on pages far behind the ninth.
    journal.post("bed-1", [message(number) for number in range(500)])
    journal.close()
    data = bytearray(journal_path.read_bytes())
    # The first pages hold the schema: without them the file would be refused on opening already.
    data[4096 * 9 :] = b"\xff" * (len(data) - 4096 * 9)
    journal_path.write_bytes(data)
    with pytest.raises(RecordError, match=rf"journal {journal_path}: .*malformed"):
        list(Journal(journal_path).events("bed-1", START))


def test_a_folder_that_cannot_be_written_is_an_error_by_name(journal_path: Path) -> None:
    """A missing folder and a read-only one are one clear line each."""
    with pytest.raises(RecordError, match=r"No such file or directory; set journal\.path"):
        Journal(journal_path.parent / "missing" / "journal.db")
    # Not in pytest's folder: it is closed to the user stepped down to (0700), and the refusal would be its own.
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o555)
        # Root may write anywhere, so that the test steps down to an ordinary user for a moment.
        root = os.geteuid() == 0
        if root:
            # `nobody`, which every Linux has.
            os.seteuid(65534)
        try:
            with pytest.raises(RecordError, match=r"Permission denied; set journal\.path"):
                Journal(Path(folder) / "journal.db")
        finally:
            if root:
                os.seteuid(0)


def test_a_reader_does_not_make_a_journal(journal_path: Path) -> None:
    """A command that only reads names the missing file and makes none."""
    with pytest.raises(RecordError, match="there is no such file"):
        JournalReader(journal_path)
    assert not journal_path.exists()


def test_many_processes_may_open_a_new_journal_at_once(journal_path: Path) -> None:
    """The tables are made once, by whichever comes first."""
    assert open_in_processes(journal_path, 4) == [(0, "")] * 4


def test_a_new_journal_waits_until_another_that_opens_it_is_done(journal_path: Path) -> None:
    """Where another is writing to the file, SQLite refuses to turn it to a write-ahead log at once, without waiting."""
    journal_path.touch()
    other = sqlite3.connect(journal_path, isolation_level=None, check_same_thread=False)
    other.execute("BEGIN IMMEDIATE")
    with ThreadPoolExecutor(1) as pool:
        opening = pool.submit(Journal, journal_path)
        with pytest.raises(TimeoutError):
            # 0.2 s are some forty tries (OPENING_AGAIN_S).
            opening.result(0.2)
        other.execute("ROLLBACK")
        other.close()
        opening.result(10).close()


def test_threads_that_open_a_new_journal_at_once_all_get_it(tmp_path: Path) -> None:
    """Fifty files, two at each: SQLite alone refused one of them once in a hundred times."""
    with ThreadPoolExecutor(2) as pool:
        for number in range(50):
            both = list(pool.map(Journal, [tmp_path / f"{number}.db"] * 2))
            for at, journal in enumerate(both):
                journal.post("bed-1", [message(at)])
            assert [journal.last_seq("bed-1") for journal in both] == [2, 2]
            for journal in both:
                journal.close()
