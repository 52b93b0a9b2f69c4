"""Keeps the journal's file in order: deletes what was kept for long enough, and folds its log into the file."""

import asyncio
from contextlib import suppress
from typing import Final

from stream.config.keys import JournalFile
from stream.errors import RecordError
from stream.logbook.journal import Journal
from stream.logbook.parent_journal import ParentJournal
from stream.logbook.retention import BATCH_ROWS, LARGE_SHARE

TIDY_EVERY_S: Final = 10.0
PRUNE_PAUSE_S: Final = 0.1
"""Between two batches, so that pruning leaves the lock to the detector for almost all of the time."""
DAY_S: Final = 86_400.0
MIB: Final = 1 << 20


async def tidy(journal: ParentJournal, settings: JournalFile) -> None:
    """Tidy the journal time and again; a slow disk may take as long as it likes."""
    while True:
        # A failure is an alarm by then (the journal's health), and the next turn tries again.
        with suppress(RecordError):
            await journal.write("restore", Journal.restore)
            more = True
            while more:
                more = await journal.write("prune", lambda file: prune(file, settings)) == BATCH_ROWS
                await asyncio.sleep(PRUNE_PAUSE_S)
            journal.large = await journal.write("prune", lambda file: largeness(file, settings))
            await journal.write("checkpoint", Journal.checkpoint)
        await asyncio.sleep(TIDY_EVERY_S)


def prune(journal: Journal, settings: JournalFile) -> int:
    """Delete at most a batch of what is too old, or where nothing is, of what makes the journal too large."""
    retention = journal.retention
    return retention.prune(settings.retention_days * DAY_S) or retention.shrink(settings.max_mb * MIB)


def largeness(journal: Journal, settings: JournalFile) -> str:
    """Return why the journal is an alarm by its size, "" while it is none."""
    share = journal.retention.used_bytes() / (settings.max_mb * MIB)
    if share < LARGE_SHARE:
        return ""
    most = f"journal.max_mb = {settings.max_mb}"
    if share <= 1:
        return f"the journal holds more than {LARGE_SHARE:.0%} of {most}; beyond that, delivered messages are deleted"
    return f"the journal is larger than {most}, and what no broker has acknowledged is not deleted"
