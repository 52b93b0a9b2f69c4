"""The last hours of a bed for the page: stages, events an hour, what was not analysed, which channels come first."""

import asyncio
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from stream.config.keys import Config
from stream.errors import RecordError
from stream.findings import stage_spans
from stream.logbook.journal_reader import JournalReader
from stream.logbook.night import night
from stream.rates import merged, rates
from stream.spike_wave import spike_wave

WINDOW_H: Final = 12.0
EVERY_S: Final = 15.0
POINTS: Final = 1000
"""Columns of a screen: stretches nearer together than one column are sent as one."""
MOST_LEADS: Final = 8


class NightView:
    """One answer for each bed, made at most every EVERY_S however many look; `clock` returns monotonic seconds."""

    def __init__(self, config: Config, clock: Callable[[], float] = time.monotonic) -> None:
        self._path = config.journal.path
        self._clock = clock
        self._made: dict[str, tuple[float, dict[str, Any]]] = {}
        self._turn = asyncio.Lock()

    async def of(self, bed: str) -> dict[str, Any]:
        """Return what is known of a bed, {} while the journal cannot be read."""
        async with self._turn:
            made_s, answer = self._made.get(bed, (-EVERY_S, {}))
            if self._clock() - made_s >= EVERY_S:
                # On a thread: a night of many events takes some hundred milliseconds.
                answer = await asyncio.to_thread(self._read, bed)
                self._made[bed] = (self._clock(), answer)
            return answer

    def _read(self, bed: str) -> dict[str, Any]:
        since = datetime.now(UTC) - timedelta(hours=WINDOW_H)
        try:
            journal = JournalReader(self._path)
            try:
                found, leads = night(journal, bed, since), journal.leads(bed, since)
            finally:
                journal.close()
        except RecordError:
            # An alarm of its own says so already.
            return {}
        if not found.seconds:
            return {}
        lost_s = sum(end - begin for begin, end in found.lost)
        spans = stage_spans(list(found.stages))
        stages = spike_wave(spans, found.peaks_s, found.lost, found.seconds).stages
        return {
            "began_ms": 1000 * found.began_s,
            "seconds": found.seconds,
            "analysed_s": found.seconds - lost_s,
            "events": len(found.peaks_s),
            "stages": [(one.onset_s, one.duration_s, one.stage) for one in spans],
            "by_stage": [(name, one.analysed_s, one.spikes, one.per_h) for name, one in stages.items()],
            "rates": rates(found.peaks_s, found.lost, found.seconds),
            "lost": merged(found.lost, found.seconds / POINTS),
            "leads": leads[:MOST_LEADS],
        }
