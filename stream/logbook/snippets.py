"""Raw samples around the peaks of events, kept in the journal alone and only where `review.snippets` asks for them.

A snippet goes with its event's message: a trigger deletes it, whoever deletes the message.
"""

import json
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

import numpy as np

from stream.logbook.journal_file import JournalDatabase, iso_utc
from stream.logbook.samplelog import SampleLogReader
from stream.records import Chunk, Samples

SIDE_S: Final = 1.0
"""Seconds kept on either side of a peak."""
LARGEST: Final = 32767
MISSING: Final = -32768
BATCH: Final = 50
# "+seq": by the index of times; by that of numbers all events from the first on would be looked at.
_WANTED: Final = (
    "SELECT id, json_extract(payload, '$.sample'), json_extract(payload, '$.cluster'), at_utc FROM messages "
    "WHERE bed = ? AND kind = 'ied' AND at_utc >= ? "
    "AND NOT EXISTS (SELECT 1 FROM snippets WHERE snippets.id = messages.id) ORDER BY +seq LIMIT ?"
)


@dataclass(frozen=True, slots=True)
class Snippet:
    """The samples around one peak.

    Attributes
    ----------
    labels
        of the stream's channels, one a row
    samples
        (channels, n) in the stream's own units, NaN where none is known; the peak is in the middle
    """

    labels: tuple[str, ...]
    rate_hz: float
    samples: Samples

    @property
    def missing(self) -> int:
        """How many of the n samples are not known of any channel: the ring had a gap there, or nothing any more."""
        return int(np.isnan(self.samples).all(axis=0).sum())

    def packed(self) -> bytes:
        """Return a scale for each channel (float32), then all samples as 16-bit multiples of it."""
        largest = np.nan_to_num(np.nanmax(np.abs(self.samples), axis=1, initial=0))
        scale = np.where(largest, largest / LARGEST, 1).astype(np.float32)
        steps = np.nan_to_num(np.round(self.samples / scale[:, None]), nan=MISSING).astype(np.int16)
        return scale.tobytes() + steps.tobytes()

    @classmethod
    def unpacked(cls, labels: tuple[str, ...], rate_hz: float, state: bytes) -> "Snippet":
        """Return the snippet that was packed."""
        scale = np.frombuffer(state, np.float32, len(labels))
        steps = np.frombuffer(state, np.int16, offset=scale.nbytes).reshape(len(labels), -1)
        samples = np.where(steps == MISSING, np.float32(np.nan), steps * scale[:, None])
        return cls(labels, rate_hz, samples.astype(np.float32))


@dataclass(frozen=True, slots=True)
class Wanted:
    """An event without a snippet: its peak's sample, the number of its recording, and when it was."""

    id: str
    sample: int
    recording: int
    utc: datetime


class Snippets:
    """The snippets of the journal at a path.

    Raises
    ------
    RecordError
        by every method, if the journal fails
    """

    def __init__(self, path: Path) -> None:
        self._file = JournalDatabase(path, create=False)

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def rejoin(self) -> None:
        """Open the file that is at the path, if it is another one than was opened."""
        self._file.rejoin()

    def wanted(self, bed: str, since_utc: datetime) -> list[Wanted]:
        """Return events since then that have no snippet, oldest first, and not too many at once."""
        rows = self._file.rows(_WANTED, bed, iso_utc(since_utc), BATCH)
        return [
            Wanted(event, int(sample), int((cluster or "0").partition("-")[0]), datetime.fromisoformat(at_utc))
            for event, sample, cluster, at_utc in rows
        ]

    def keep(self, event: str, snippet: Snippet) -> None:
        """Write the snippet of an event, unless the event is gone."""
        row = (event, json.dumps(snippet.labels), snippet.rate_hz, snippet.packed(), event)
        # Not durable: what a power cut takes back is cut from the ring again, if that is still there.
        with self._file.transaction(durable=False) as database:
            database.execute(
                "INSERT OR IGNORE INTO snippets (id, labels, rate_hz, state) SELECT ?, ?, ?, ? "
                "WHERE EXISTS (SELECT 1 FROM messages WHERE id = ?)",
                row,
            )

    def of(self, event: str) -> Snippet | None:
        """Return the snippet of an event, None where there is none."""
        rows = self._file.rows("SELECT labels, rate_hz, state FROM snippets WHERE id = ?", event)
        return next((Snippet.unpacked(tuple(json.loads(labels)), *rest) for labels, *rest in rows), None)

    def ids(self) -> set[str]:
        """Return the events that have one."""
        return {event for (event,) in self._file.rows("SELECT id FROM snippets")}


def cut(log: SampleLogReader, sample: int) -> Snippet:
    """Return what the ring holds around a sample; a gap, and what is not there any more, stays unknown."""
    side = round(SIDE_S * log.source.rate_hz)
    first, end = sample - side, sample + side
    samples = np.full((len(log.source.labels), end - first), np.nan, np.float32)
    at, until = max(0, first), min(end, log.head)
    while at < until:
        for record in log.read(at, until - at):
            if isinstance(record, Chunk):
                taken = record.samples[:, : max(0, end - record.first)]
                samples[:, record.first - first : record.first - first + taken.shape[1]] = taken
            at = record.end
    return Snippet(log.source.labels, log.source.rate_hz, samples)


def nothing(log: SampleLogReader) -> Snippet:
    """Return the snippet of an event whose recording is over: nothing of it is known."""
    samples = np.full((len(log.source.labels), 2 * round(SIDE_S * log.source.rate_hz)), np.nan, np.float32)
    return Snippet(log.source.labels, log.source.rate_hz, samples)
