"""Keeps raw samples around events where `review.snippets` asks for it: cut from the ring once they have come.

The detector knows nothing of it. While the journal cannot be written, events wait for their snippets for as long as the
ring holds their samples; the journal's own alarm says why.
"""

import asyncio
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Final

from stream.config.keys import Bed, Config
from stream.errors import RecordError
from stream.logbook.journal import Journal
from stream.logbook.parent_journal import ParentJournal
from stream.logbook.samplelog import SampleLogReader, ring_path
from stream.logbook.snippets import SIDE_S, Snippets, cut, nothing

EVERY_S: Final = 1.0
PATIENCE_S: Final = 10.0
"""A stream that has not sent the second after a peak by then is not waited for."""


def utc_now() -> datetime:
    """Return the time of the wall clock."""
    return datetime.fromtimestamp(time.time(), UTC)


class SnippetKeeper:
    """All beds of one journal."""

    def __init__(self, config: Config, now_utc: Callable[[], datetime] = utc_now) -> None:
        self._config = config
        self._now_utc = now_utc
        self._file: Snippets | None = None

    def turn(self, journal: Journal) -> int:
        """Keep the snippets that can be cut by now, and count them.

        Raises
        ------
        RecordError
            if the journal fails; what was not kept is tried again the next time
        """
        if self._file is None:
            self._file = Snippets(self._config.journal.path)
        self._file.rejoin()
        return sum(self._of_bed(journal, self._file, bed) for bed in self._config.bed)

    def _of_bed(self, journal: Journal, file: Snippets, bed: Bed) -> int:
        now = self._now_utc()
        wanted = file.wanted(bed.id, now - timedelta(seconds=bed.acquire.ring_s))
        log = _opened(self._config, bed) if wanted else None
        if log is None:
            return 0
        present = {one.uid: one.ordinal for one in journal.recordings(bed.id)}.get(log.recording)
        kept = 0
        for event in wanted:
            is_in = log.head >= event.sample + round(SIDE_S * log.source.rate_hz)
            if event.recording != present:
                file.keep(event.id, nothing(log))
            elif is_in or now - event.utc > timedelta(seconds=PATIENCE_S):
                file.keep(event.id, cut(log, event.sample))
            else:
                continue
            kept += 1
        return kept


def _opened(config: Config, bed: Bed) -> SampleLogReader | None:
    try:
        return SampleLogReader.open(ring_path(config, bed.id))
    except RecordError:
        return None  # no stream at present


async def keep_snippets(journal: ParentJournal, config: Config) -> None:
    """Keep snippets time and again, where the configuration asks for it."""
    if not config.review.snippets:
        return
    keeper = SnippetKeeper(config)
    while True:
        # A failure is an alarm by then (the journal's health), and the next turn tries again.
        with suppress(RecordError):
            await journal.write("snippets", keeper.turn)
        await asyncio.sleep(EVERY_S)
