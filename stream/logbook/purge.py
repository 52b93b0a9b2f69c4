"""Take out of the journal what is older than a date, wherever it stands, also in what was not delivered yet.

Retention deletes what is old enough and delivered; this is for data that must not be there any more. What stays of a
bed is its numbering: the newest message, which says what was taken out, and the number of its newest recording.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from stream.logbook.journal import Journal, Outgoing
from stream.logbook.journal_file import JournalDatabase, iso_utc
from stream.logbook.journal_reader import JournalReader

BATCH_ROWS: Final = 500
"""Messages deleted in one transaction: a run that goes on meanwhile waits some milliseconds for the lock."""
_DELETE_RECORDING: Final = (
    "DELETE FROM coverage WHERE bed = ? AND recording = ?",
    "DELETE FROM cursors WHERE bed = ? AND recording = ?",
    "DELETE FROM anchors WHERE bed = ? AND recording = ?",
    "DELETE FROM fates WHERE bed = ? AND recording = ?",
    "DELETE FROM clusters WHERE bed = ? AND recording = ?",
    "DELETE FROM recordings WHERE bed = ? AND ordinal = ?",
)


@dataclass(frozen=True, slots=True)
class Purge:
    """What is to be taken out of one bed's journal: messages, those of them that no broker has taken, recordings."""

    bed: str
    before: datetime
    messages: int
    undelivered: int
    recordings: int

    @property
    def detail(self) -> dict[str, str]:
        """What an audit entry says of it."""
        counts = {"messages": self.messages, "undelivered": self.undelivered, "recordings": self.recordings}
        return {"before": iso_utc(self.before), **{name: str(count) for name, count in counts.items()}}


def planned(journal: JournalReader, database: JournalDatabase, bed: str, before: datetime) -> Purge:
    """Count what lies before an instant; nothing is changed."""
    instant = iso_utc(before)
    counted = "SELECT count(*) FROM messages WHERE bed = ? AND at_utc < ?"
    return Purge(
        bed=bed,
        before=before,
        messages=database.number(counted, bed, instant),
        undelivered=database.number(f"{counted} AND state = 'pending'", bed, instant),
        recordings=len(_old(journal, bed, before)),
    )


def purge(journal: Journal, database: JournalDatabase, plan: Purge, entry: Outgoing) -> None:
    """Take out what was planned, and journal the entry that says so; the bytes in the file are overwritten.

    Raises
    ------
    RecordError
        if the journal cannot be written
    """
    # Written first: the bed's newest message, from which numbers continue, is then never one that is deleted.
    journal.post(plan.bed, [entry])
    database.rows("PRAGMA secure_delete = ON")
    while rows := database.rows(
        "SELECT rowid FROM messages WHERE bed = ? AND at_utc < ? LIMIT ?", plan.bed, iso_utc(plan.before), BATCH_ROWS
    ):
        with database.transaction() as file:
            file.executemany("DELETE FROM messages WHERE rowid = ?", rows)
    with database.transaction() as file:
        file.execute("DELETE FROM withheld WHERE bed = ? AND at_utc < ?", (plan.bed, iso_utc(plan.before)))
    for ordinal in _old(journal, plan.bed, plan.before):
        with database.transaction() as file:
            for delete in _DELETE_RECORDING:
                file.execute(delete, (plan.bed, ordinal))
    # The write-ahead log has the old pages as well, until it is folded into the file and cut.
    database.rows("PRAGMA wal_checkpoint(TRUNCATE)")


def _old(journal: JournalReader, bed: str, before: datetime) -> list[int]:
    # The newest one stays: without its number the next would have the ids of events that are long delivered.
    return [one.ordinal for one in journal.recordings(bed)[:-1] if one.ended_s < before.timestamp()]
