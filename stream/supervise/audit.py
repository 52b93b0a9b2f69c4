"""The parent's audit of a run: start, stop, changed settings, and the fate of samples that were never analysed."""

import asyncio
import os
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import partial
from importlib.metadata import version
from typing import Final

import structlog

from stream.config.keys import Config
from stream.errors import RecordError
from stream.logbook.fates import close_account
from stream.logbook.parent_journal import ParentJournal
from stream.logbook.samplelog import ring_path
from stream.schema.outgoing import audit_outgoing

# A disk that hangs delays the end by no more than this.
FLUSH_S: Final = 3.0

_log = structlog.get_logger()


class Audit:
    """Journals what was done, for every bed of a configuration."""

    def __init__(self, config: Config, journal: ParentJournal) -> None:
        self._config = config
        self._journal = journal

    def start(self, fingerprint: str) -> None:
        """Journal the start with the configuration's fingerprint, and since when each bed was not watched."""
        for bed in self._config.bed:
            until = self._journal.watched_until(bed.id)
            away = {} if until is None else _away(until)
            self._post(bed.id, "start", {"config_sha256": fingerprint, **away})

    def note(self, action: str, more: Mapping[str, str] = {}) -> None:
        """Journal something that was done, for every bed."""
        for bed in self._config.bed:
            self._post(bed.id, action, more)

    async def close_accounts(self) -> None:
        """Give samples that came and were not analysed their fate. No other process of the run lives any more."""
        for bed in self._config.bed:
            close = partial(close_account, bed=bed.id, path=ring_path(self._config, bed.id))
            try:
                async with asyncio.timeout(FLUSH_S):
                    left = await self._journal.write(None, close)
            except (RecordError, TimeoutError) as error:
                _log.error("samples have no fate", bed=bed.id, reason=str(error) or "the journal does not answer")
            else:
                _log.info("account closed", bed=bed.id, samples_not_analysed=left)

    def _post(self, bed: str, action: str, more: Mapping[str, str]) -> None:
        detail = {"version": version("spikewatch"), "pid": str(os.getpid()), **more}
        self._journal.post(bed, audit_outgoing(bed, action, detail, datetime.now(UTC)))


def _away(until: datetime) -> dict[str, str]:
    """Return since when nothing was analysed, as an entry states it."""
    seconds = (datetime.now(UTC) - until).total_seconds()
    return {"not_watched_since": until.isoformat(), "not_watched_s": f"{seconds:.1f}"}
