"""What was not called stands in the journal beside the messages: once, never published, deleted with its time."""

from datetime import timedelta
from typing import Any

from stream.logbook import retention
from stream.logbook.journal import Journal
from stream.logbook.journal_file import JournalDatabase
from stream.logbook.purge import planned, purge
from stream.logbook.retention import BootTime, Retention
from stream.logbook.withheld import Withheld
from stream.records import Coverage
from stream.schema.outgoing import audit_outgoing
from tests.stream.logbook.journals import START, message

DAY_S = 86_400.0


def not_called(number: int, **more: Any) -> Withheld:  # noqa: ANN401
    """Make something that was not called `number` seconds after START."""
    payload = {"id": f"w{number}", "probability": 0.4, **more}
    return Withheld(f"w{number}", START + timedelta(seconds=number), payload)


def commit(journal: Journal, end: int, *withheld: Withheld) -> None:
    """Commit ten samples and what was not called in them."""
    journal.commit("bed-1", 1, end, [Coverage(end - 10, end, "analysed", "")], withheld=withheld)


def ids(journal: Journal, bed: str = "bed-1") -> list[str]:
    """Return what is there."""
    return [one["id"] for one in journal.withheld(bed, START)]


def test_it_is_written_once_and_waits_for_no_broker(journal: Journal) -> None:
    """Found again after a restart, it is the same; it takes no sequence number and counts as no event."""
    commit(journal, 10, not_called(2), not_called(1))
    commit(journal, 20, not_called(2, probability=0.9))
    assert ids(journal) == ["w1", "w2"]
    assert [one["probability"] for one in journal.withheld("bed-1", START + timedelta(seconds=2))] == [0.4]
    assert (journal.outbox_size(), journal.last_seq("bed-1"), list(journal.events("bed-1", START))) == (0, 0, [])
    assert ids(journal, "bed-2") == []


def test_it_is_kept_for_as_long_as_messages_and_gives_way_first(journal: Journal) -> None:
    """By the journal's own age; a file that is too large loses it before any message."""
    time = BootTime("first", 1000.0)
    journal.retention = Retention(journal._file, lambda: time)
    journal.retention.prune(30 * DAY_S)
    commit(journal, 10, not_called(1))
    time = BootTime("first", 1000.0 + 20 * DAY_S)
    commit(journal, 20, not_called(2))
    time = BootTime("first", 1001.0 + 30 * DAY_S)
    assert (journal.retention.prune(30 * DAY_S), ids(journal)) == (1, ["w2"])
    journal.post("bed-1", [message(1), message(2)])
    journal.acknowledge([one.rowid for one in journal.pending("bed-1", 9)], 0)
    assert (journal.retention.shrink(1), ids(journal), len(list(journal.events("bed-1", START)))) == (1, [], 2)
    assert retention.BATCH_ROWS > 1


def test_a_purge_takes_it_along(journal: Journal) -> None:
    """Of one bed, and up to its date."""
    commit(journal, 10, not_called(1), not_called(3600))
    database = JournalDatabase(journal.path, create=False)
    plan = planned(journal, database, "bed-1", START + timedelta(seconds=60))
    purge(journal, database, plan, audit_outgoing("bed-1", "purge", plan.detail, START + timedelta(days=1)))
    database.close()
    assert ids(journal) == ["w3600"]
