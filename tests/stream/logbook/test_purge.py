"""What is purged is gone from the file, and what stays goes on as if nothing had been."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from stream.logbook.journal import Journal
from stream.logbook.journal_file import JournalDatabase
from stream.logbook.purge import Purge, planned, purge
from stream.records import Coverage
from stream.schema.outgoing import audit_outgoing
from tests.stream.logbook.journals import SOURCE, START, message, sole_connection, wal

NOW = START + timedelta(days=40)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Name the journal."""
    return tmp_path / "journal.db"


@pytest.fixture
def journal(path: Path) -> Iterator[Journal]:
    """Write two recordings of a bed, one of which is old, with five messages, three of them old; and another bed's."""
    opened = Journal(path)
    for ordinal, first in enumerate((START, START + timedelta(days=30)), 1):
        assert opened.open_recording("bed-1", f"uid-{ordinal}", SOURCE, first, 0.0, first.timestamp()) == ordinal
        opened.commit("bed-1", ordinal, 256, [Coverage(0, 256, "analysed", "")], clusters={1: b"state"})
    opened.post("bed-1", [message(number) for number in (1, 2, 3, 30 * 86400, 31 * 86400)])
    opened.post("bed-2", [message(7, "sleep")])
    [oldest] = opened.pending("bed-1", 1)
    opened.acknowledge([oldest.rowid], 0)
    yield opened
    opened.close()


@pytest.fixture
def database(journal: Journal) -> Iterator[JournalDatabase]:
    """Open another connection to the file."""
    opened = sole_connection(journal.path)
    yield opened
    opened.close()


def plan_of(journal: Journal, database: JournalDatabase) -> Purge:
    """Plan to take out what is older than 20 days after START."""
    return planned(journal, database, "bed-1", START + timedelta(days=20))


def take_out(journal: Journal, database: JournalDatabase, plan: Purge) -> None:
    """Purge, as the command does."""
    purge(journal, database, plan, audit_outgoing(plan.bed, "purge", plan.detail, NOW))


def test_a_plan_counts_and_changes_nothing(journal: Journal, database: JournalDatabase) -> None:
    """Also what no broker has taken."""
    plan = plan_of(journal, database)
    assert (plan.messages, plan.undelivered, plan.recordings) == (3, 2, 1)
    assert journal.last_seq("bed-1") == 5
    assert len(journal.recordings("bed-1")) == 2


def test_what_is_old_is_gone_from_the_file_and_an_entry_says_so(
    journal: Journal, database: JournalDatabase, path: Path
) -> None:
    """From the write-ahead log as well; numbers go on, and the other bed is untouched."""
    take_out(journal, database, plan_of(journal, database))
    numbers = database.rows("SELECT seq, id FROM messages WHERE bed = 'bed-1' ORDER BY seq")
    assert [seq for seq, _ in numbers] == [4, 5, 6]
    [entry] = journal.newest("bed-1", "audit", 9)
    assert entry["action"] == "purge"
    assert entry["detail"] == {
        "before": "2026-01-21T00:00:00.000000Z",
        "messages": "3",
        "undelivered": "2",
        "recordings": "1",
    }
    assert journal.post("bed-1", [message(9)]) == [7]
    assert journal.last_seq("bed-2") == 1
    [recording] = journal.recordings("bed-1")
    assert recording.ordinal == 2
    assert journal.clusters("bed-1", 1) == {}
    assert journal.clusters("bed-1", 2) == {1: b"state"}
    held = path.read_bytes() + (wal(path).read_bytes() if wal(path).exists() else b"")
    assert b'"ied-2"' not in held
    # Else the search would find nothing anywhere.
    assert f'"ied-{30 * 86400}"'.encode() in held


def test_the_newest_recording_keeps_its_number(journal: Journal, database: JournalDatabase) -> None:
    """The next one must not make ids that events had before."""
    take_out(journal, database, planned(journal, database, "bed-1", NOW))
    assert journal.open_recording("bed-1", "uid-3", SOURCE, NOW, 0.0, NOW.timestamp()) == 3
    assert plan_of(journal, database).messages == 0


def test_a_second_purge_finds_nothing(journal: Journal, database: JournalDatabase) -> None:
    """But its own entry of before, which is younger than the date."""
    plan = plan_of(journal, database)
    take_out(journal, database, plan)
    again = plan_of(journal, database)
    assert (again.messages, again.undelivered, again.recordings) == (0, 0, 0)
