"""A journal of an earlier version is migrated with all that it holds, by one process, or not at all."""

import sqlite3
from pathlib import Path
from typing import Any, Final

import pytest

from stream.errors import RecordError
from stream.logbook import journal_file
from stream.logbook.journal import Journal
from stream.logbook.journal_reader import JournalReader
from stream.logbook.journal_schema import MIGRATIONS, SCHEMA_VERSION
from stream.records import Coverage
from tests.stream.logbook.journals import START, message, sole_connection
from tests.stream.logbook.opening_processes import open_in_processes

# The literal text of a file of version 1. It must never be made from the code's own SQL, which moves on.
VERSION_1: Final = Path(__file__).with_name("version_1.sql").read_text(encoding="utf-8")
TABLES: Final = ("recordings", "messages", "coverage", "cursors")


@pytest.fixture
def old_path(journal_path: Path) -> Path:
    """Make a file of version 1 with two beds, a gap in its rowids, and a message of every kind and state."""
    database = sqlite3.connect(journal_path, isolation_level=None)
    database.executescript(VERSION_1)
    kinds, states = ("ied", "sleep", "alarm", "audit"), ("acked", "pending", "dead")
    messages = [
        # Every third rowid: a table that is numbered anew would be noticed.
        (3 * n, f"bed-{n % 2}", n // 2 + 1, f"id-{n}", kinds[n % 4], "t", f'{{"n": {n}}}', n % 5 == 0, "2026", "2026",
         states[n % 3], n % 3 * 128, "refused" if n % 3 == 2 else "")
        for n in range(500)
    ]  # fmt: skip
    database.executemany(f"INSERT INTO messages VALUES ({', '.join('?' * 13)})", messages)
    database.execute("INSERT INTO recordings VALUES ('bed-1', 1, 'uid-1', '{}', '2026', 100.0, 1.7e9)")
    database.execute("INSERT INTO coverage VALUES ('bed-1', 1, 0, 4096, 'analysed', '')")
    database.execute("INSERT INTO cursors VALUES ('bed-1', 1, 4096)")
    database.close()
    return journal_path


def contents(path: Path) -> dict[str, list[Any]]:
    """Read every row of every table, with the names of the columns."""
    database = sqlite3.connect(path)
    database.row_factory = sqlite3.Row
    rows = {name: [dict(row) for row in database.execute(f"SELECT rowid, * FROM {name}")] for name in TABLES}
    database.close()
    return rows


def schema(path: Path) -> set[tuple[str, str, str]]:
    """Read type, name and SQL of all tables and indexes."""
    database = sqlite3.connect(path)
    rows = database.execute("SELECT type, name, coalesce(sql, '') FROM sqlite_schema").fetchall()
    database.close()
    # SQLite keeps the very text of a CREATE TABLE, line breaks included.
    return {(kind, name, " ".join(sql.split())) for kind, name, sql in rows}


def test_an_old_journal_keeps_every_row_and_becomes_what_a_fresh_one_is(old_path: Path, tmp_path: Path) -> None:
    """Rows, rowids, states and cursors are as they were; tables and indexes are those of this version."""
    before = contents(old_path)
    Journal(old_path).close()
    Journal(tmp_path / "fresh.db").close()
    assert contents(old_path) == before
    assert schema(old_path) == schema(tmp_path / "fresh.db")
    database = sole_connection(old_path)
    assert database.number("PRAGMA user_version") == SCHEMA_VERSION == 7
    assert database.rows("PRAGMA integrity_check") == [("ok",)]


def test_a_migrated_journal_continues_where_the_old_one_ended(old_path: Path) -> None:
    """The next commit follows the old cursor and the old sequence number."""
    journal = Journal(old_path)
    # bed-1 has the 250 odd numbers below 500.
    assert (journal.cursor("bed-1", 1), journal.last_seq("bed-1")) == (4096, 250)
    assert journal.commit("bed-1", 1, 5000, [Coverage(4096, 5000, "analysed", "")], [message(1)]) == [251]
    assert journal.accounting("bed-1", 1) == {"analysed": 5000}
    # The states come in turn on both beds: of 0 to 499, 167 numbers leave 1 by 3 (pending), 166 leave 2 (dead).
    assert journal.outbox_size() == 167 + 1
    assert journal.dead_letters() == 166
    journal.close()


def test_a_migrated_journal_takes_a_kind_that_version_1_did_not_know(old_path: Path) -> None:
    """The file has no list of kinds of its own."""
    journal = Journal(old_path)
    with journal._file.transaction() as database:
        database.execute(
            "INSERT INTO messages (bed, seq, id, kind, topic, payload, retain, at_utc, created_utc) "
            "VALUES ('bed-1', 999, 'x', 'seizure', 't', '{}', 0, '2026', '2026')"
        )
    assert journal._file.number("SELECT seq FROM messages WHERE kind = 'seizure'") == 999
    journal.close()


def test_a_command_that_reads_migrates_as_well(old_path: Path) -> None:
    """`spikewatch events` right after an update works before the first `run`."""
    reader = JournalReader(old_path)
    # 2025, because the old rows say just "2026", which sorts before every instant of that year.
    # Every fourth message is a sleep stage: 1, 5, 9 and so on, which are odd and so bed-1's.
    assert len(list(reader.events("bed-1", START.replace(year=2025), "sleep"))) == 125
    reader.close()
    assert sole_connection(old_path).number("PRAGMA user_version") == 7


def test_of_processes_that_open_an_old_journal_at_once_one_migrates_and_the_others_wait(old_path: Path) -> None:
    """All of them get it, and nothing is there twice."""
    before = contents(old_path)
    assert open_in_processes(old_path, 4) == [(0, "")] * 4
    assert contents(old_path) == before


@pytest.mark.parametrize("failing", range(1, len(MIGRATIONS[0]) + 1))
def test_a_migration_that_fails_changes_nothing(old_path: Path, monkeypatch: pytest.MonkeyPatch, failing: int) -> None:
    """Whichever step it is, the error is one line, the file is of version 1, and the next opening migrates it."""
    before, tables = contents(old_path), schema(old_path)
    broken = (*MIGRATIONS[0][:failing], "INSERT INTO nowhere VALUES (1)")
    with monkeypatch.context() as patch:
        patch.setattr(journal_file, "MIGRATIONS", (broken,))
        with pytest.raises(RecordError, match=r"journal\.db: no such table: nowhere"):
            Journal(old_path)
    assert (contents(old_path), schema(old_path)) == (before, tables)
    Journal(old_path).close()
    assert contents(old_path) == before
