"""What is marked on a bed's traces, as far back as its samples are in memory: events, and what was not analysed."""

import asyncio
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Final

from stream.config.keys import Config
from stream.errors import RecordError
from stream.logbook.journal_reader import JournalReader, Payload
from stream.logbook.samplelog import SampleLogReader, ring_path
from stream.logbook.timeline import JournalRecording
from stream.schema.rejections import REJECTIONS
from stream.supervise.rejected_spans import RejectedSpan

EVERY_S: Final = 1.0
MARGIN_S: Final = 60.0
"""So much earlier events are looked for by their times, before their samples choose."""
SHOWN: Final = ("id", "sample", "group", "peak_channel", "probability", "utc")
"""Fields of an event that its mark needs."""

# Returns when each group of a bed was not analysed.
Rejected = Callable[[str], list[RejectedSpan]]


class MarksView:
    """One answer for each bed, made at most every EVERY_S however many look; `clock` returns monotonic seconds."""

    def __init__(self, config: Config, rejected: Rejected, clock: Callable[[], float] = time.monotonic) -> None:
        self._config = config
        self._rejected = rejected
        self._clock = clock
        self._made: dict[str, tuple[float, dict[str, Any]]] = {}
        self._turn = asyncio.Lock()

    async def of(self, bed: str) -> dict[str, Any]:
        """Return the marks of a bed, places counted in samples of its recording; {} where there is no stream."""
        async with self._turn:
            made_s, answer = self._made.get(bed, (-EVERY_S, {}))
            if self._clock() - made_s >= EVERY_S:
                answer = await asyncio.to_thread(self._read, bed, self._rejected(bed))
                self._made[bed] = (self._clock(), answer)
            return answer

    def _read(self, bed: str, rejected: list[RejectedSpan]) -> dict[str, Any]:
        try:
            log = SampleLogReader.open(ring_path(self._config, bed))
        except RecordError:
            return {}
        found = {"recording": log.recording, "rejected": _placed(log, rejected), "events": [], "lost": []}
        try:
            journal = JournalReader(self._config.journal.path)
            try:
                return found | _journalled(journal, bed, log)
            finally:
                journal.close()
        except RecordError:
            # An alarm of its own says so already.
            return found


def _journalled(journal: JournalReader, bed: str, log: SampleLogReader) -> dict[str, Any]:
    known = [one for one in journal.recordings(bed) if one.uid == log.recording]
    if not known:
        return {}
    [recording], tail = known, log.tail
    # By their samples, too: times are those of the wall clock, which may have been set meanwhile.
    since = datetime.fromtimestamp(recording.timeline.utc_s(tail) - MARGIN_S, UTC)
    events = (one for one in journal.events(bed, since) if one["sample"] >= tail and _is_of(recording, one))
    return {
        # Events name their recording by it (`cluster`): so the page knows which of the newest are of this one.
        "ordinal": recording.ordinal,
        "events": [{key: event[key] for key in SHOWN} for event in events],
        "lost": [
            {"begin": one.first, "end": one.end, "reason": REJECTIONS.get(one.reason, one.reason or one.fate)}
            for one in journal.not_analysed(bed, recording.ordinal, tail)
        ],
    }


def _is_of(recording: JournalRecording, event: Payload) -> bool:
    """Report whether an event is of a recording; one that names none, of an older Spikewatch, is by its time."""
    # By its number too: while the host's clock is behind what it was, an earlier recording's events have later times.
    return event.get("cluster", "").partition("-")[0] in ("", str(recording.ordinal))


def _placed(log: SampleLogReader, rejected: list[RejectedSpan]) -> list[dict[str, Any]]:
    """Return spans of time as spans of samples, by when the newest sample came: to about a second."""
    newest, rate_hz = log.newest, log.source.rate_hz

    def sample(at_s: float) -> int:
        return max(0, newest.end - round((newest.arrival_s - at_s) * rate_hz))

    return [
        {
            "group": one.group,
            "reason": REJECTIONS.get(one.reason, one.reason),
            "begin": sample(one.begin_s),
            "end": sample(one.end_s),
        }
        for one in rejected
        if newest.end and sample(one.end_s) >= log.tail
    ]
