"""Questions to the journal: how far each bed is analysed, what was found, what waits for a broker."""

import json
from array import array
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from sys import intern
from typing import TYPE_CHECKING, Any, Literal, cast

from stream.logbook.audit_chain import TEXTS
from stream.logbook.journal_file import JournalDatabase, iso_utc
from stream.logbook.timeline import ANCHORS, Anchor, JournalRecording, Timeline

if TYPE_CHECKING:
    from stream.records import Coverage, Source
    from stream.terms import Stage

Kind = Literal["ied", "sleep", "alarm", "audit", "review"]
"""What a journalled message is. This is the list; the schema and the choices of `spikewatch events` follow it."""
Payload = dict[str, Any]

CURSOR = "SELECT coalesce(max(sample), 0) FROM cursors WHERE bed = ? AND recording = ?"
_RECORDINGS = "SELECT ordinal, uid, json_extract(source, '$.rate_hz') FROM recordings WHERE bed = ? ORDER BY ordinal"
LAST_SEQ = "SELECT coalesce(max(seq), 0) FROM messages WHERE bed = ?"


@dataclass(frozen=True, slots=True)
class Pending:
    """A journalled message that no broker has acknowledged yet; `payload` is JSON text."""

    rowid: int
    bed: str
    seq: int
    topic: str
    payload: str
    retain: bool


def utc_now() -> datetime:
    """Return the time of the wall clock."""
    return datetime.now(UTC)


class JournalReader:
    """The journal file at `path`, which must exist; it is only read, and threads may share it.

    Raises
    ------
    RecordError
        when the file is not there, cannot be opened, is not a journal, is damaged or of a newer version; every method
        raises it when the file fails later
    """

    def __init__(self, path: Path, *, now_utc: Callable[[], datetime] = utc_now) -> None:
        self.path = path
        self._now_utc = now_utc
        self._reading = JournalDatabase(path, create=False)

    def close(self) -> None:
        """Close the file; the last one to close folds the write-ahead log into it."""
        self._reading.close()

    def cursor(self, bed: str, recording: int) -> int:
        """Return the index up to which the recording's samples are accounted for (exclusive), 0 for none."""
        return self._reading.number(CURSOR, bed, recording)

    def accounting(self, bed: str, recording: int) -> dict[str, int]:
        """Count the recording's samples by fate; together they are the cursor."""
        rows = self._reading.rows(
            "SELECT fate, samples FROM fates WHERE bed = ? AND recording = ? AND samples > 0", bed, recording
        )
        return {fate: int(samples) for fate, samples in rows}

    def recordings(self, bed: str) -> list[JournalRecording]:
        """Return the bed's recordings, oldest first."""
        return [self._recording(bed, *row) for row in self._reading.rows(_RECORDINGS, bed)]

    def watched_until(self, bed: str) -> datetime | None:
        """Return when the newest sample that is accounted for was taken, None for a bed without any."""
        ends = [self._recording(bed, *row).ended_s for row in self._reading.rows(f"{_RECORDINGS} DESC LIMIT 1", bed)]
        return datetime.fromtimestamp(ends[0], UTC) if ends else None

    def _recording(self, bed: str, ordinal: int, uid: str, rate_hz: float) -> JournalRecording:
        anchors = [Anchor(*row) for row in self._reading.rows(ANCHORS, bed, ordinal)]
        return JournalRecording(ordinal, uid, self.cursor(bed, ordinal), Timeline(anchors, float(rate_hz)))

    def not_analysed(self, bed: str, recording: int, since: int = 0) -> "list[Coverage]":
        """Return what was missing, rejected or shed of a recording from a sample on, in order."""
        # Here, because it brings numpy along, and the command line's help is to be quick.
        from stream.records import Coverage  # noqa: PLC0415

        rows = self._reading.rows(
            'SELECT first, "end", fate, reason FROM coverage '
            "WHERE bed = ? AND recording = ? AND fate != 'analysed' AND \"end\" > ? ORDER BY first",
            bed,
            recording,
            since,
        )
        return [Coverage(*row) for row in rows]

    def passed_over(self, bed: str, recording: int, behind: int = -1) -> "list[Coverage]":
        """Return the stretches of a recording in which hops were passed over, in order: see `records.PassedOver`.

        `behind`: those alone that end behind this sample.
        """
        from stream.records import Coverage  # noqa: PLC0415  (see not_analysed)

        rows = self._reading.rows(
            'SELECT first, "end", fate, reason FROM coverage '
            "WHERE bed = ? AND recording = ? AND \"end\" > ? AND reason IN ('wider_hop', 'overload') ORDER BY first",
            bed,
            recording,
            behind,
        )
        return [Coverage(*row) for row in rows]

    def source(self, bed: str, recording: int) -> "Source | None":
        """Return the stream that a recording came from, None of one that is not there."""
        from stream.records import Source  # noqa: PLC0415

        rows = self._reading.rows("SELECT source FROM recordings WHERE bed = ? AND ordinal = ?", bed, recording)
        if not rows:
            return None
        declared: dict[str, Any] = json.loads(rows[0][0])
        lists = {key: tuple(value) for key, value in declared.items() if isinstance(value, list)}
        return Source(**(declared | lists))

    def clusters(self, bed: str, recording: int) -> dict[int, bytes]:
        """Return the states of a recording's clusters of events, by their numbers."""
        query = "SELECT number, state FROM clusters WHERE bed = ? AND recording = ? ORDER BY number"
        return dict(self._reading.rows(query, bed, recording))

    def pending(self, bed: str, limit: int) -> list[Pending]:
        """Return the bed's oldest messages without an acknowledgement, in order of their sequence numbers."""
        rows = self._reading.rows(
            "SELECT rowid, seq, topic, payload, retain FROM messages "
            "WHERE bed = ? AND state = 'pending' ORDER BY seq LIMIT ?",
            bed,
            limit,
        )
        return [Pending(rowid, bed, seq, topic, payload, bool(retain)) for rowid, seq, topic, payload, retain in rows]

    def outbox_size(self) -> int:
        """Count the messages that wait for a broker's acknowledgement."""
        return self._reading.number("SELECT count(*) FROM messages WHERE state = 'pending'")

    def dead_letters(self) -> int:
        """Count the messages that a broker refused."""
        return self._reading.number("SELECT count(*) FROM messages WHERE state = 'dead'")

    def last_seq(self, bed: str) -> int:
        """Return the bed's newest sequence number, 0 for none."""
        return self._reading.number(LAST_SEQ, bed)

    def events(self, bed: str, since_utc: datetime, kind: Kind = "ied") -> Iterator[Payload]:
        """Yield the payloads of one kind that happened since then, in order of their sequence numbers."""
        seq = 0
        # In pages: a query left open for as long as its consumer likes would hold the write-ahead log back.
        # "+seq": by the index of times; by that of numbers all messages from the first on would be looked at.
        while rows := self._reading.rows(
            "SELECT seq, payload FROM messages WHERE bed = ? AND kind = ? AND at_utc >= ? AND +seq > ? "
            "ORDER BY +seq LIMIT 1000",
            bed,
            kind,
            iso_utc(since_utc),
            seq,
        ):
            seq = rows[-1][0]
            yield from (json.loads(payload) for _, payload in rows)

    def audit_texts(self, bed: str) -> list[str]:
        """Return the bed's audit entries as they are written, oldest first."""
        return [text for (text,) in self._reading.rows(TEXTS, bed)]

    def withheld(self, bed: str, since_utc: datetime) -> list[Payload]:
        """Return what was seen and not called since then, in the order of time."""
        rows = self._reading.rows(
            "SELECT payload FROM withheld WHERE bed = ? AND at_utc >= ? ORDER BY at_utc", bed, iso_utc(since_utc)
        )
        return [json.loads(payload) for (payload,) in rows]

    def stages(self, bed: str, since_utc: datetime) -> "tuple[array[float], list[Stage]]":
        """Return when each sleep epoch since then ended (Unix s), and its stage."""
        stages: list[Stage] = []

        def end_s(at_utc: str, stage: str) -> float:
            # One text for all epochs of a stage: a night has more than a thousand.
            stages.append(cast("Stage", intern(stage)))
            return datetime.fromisoformat(at_utc).timestamp()

        ends_s = self._reading.numbers(
            end_s,
            "SELECT at_utc, json_extract(payload, '$.stage') FROM messages "
            "WHERE bed = ? AND kind = 'sleep' AND at_utc >= ? ORDER BY at_utc",
            bed,
            iso_utc(since_utc),
        )
        return ends_s, stages

    def peaks_s(self, bed: str, since_utc: datetime) -> "array[float]":
        """Return when the IEDs since then were, Unix s. A night may hold tens of thousands: no more of them is read."""
        return self._reading.numbers(
            lambda at_utc: datetime.fromisoformat(at_utc).timestamp(),
            "SELECT at_utc FROM messages WHERE bed = ? AND kind = 'ied' AND at_utc >= ? ORDER BY at_utc",
            bed,
            iso_utc(since_utc),
        )

    def leads(self, bed: str, since_utc: datetime) -> list[tuple[str, int]]:
        """Count the IEDs since then by the derivation that peaks first, most frequent first."""
        rows = self._reading.rows(
            "SELECT coalesce(json_extract(payload, '$.lead_channel'), '') AS lead, count(*) AS n FROM messages "
            "WHERE bed = ? AND kind = 'ied' AND at_utc >= ? GROUP BY lead ORDER BY n DESC, lead",
            bed,
            iso_utc(since_utc),
        )
        return [(str(lead), int(count)) for lead, count in rows]

    def newest(self, bed: str, kind: Kind, limit: int) -> list[Payload]:
        """Return the payloads of the bed's last messages of one kind, newest first."""
        rows = self._reading.rows(
            "SELECT payload FROM messages WHERE bed = ? AND kind = ? ORDER BY seq DESC LIMIT ?", bed, kind, limit
        )
        return [json.loads(payload) for (payload,) in rows]

    def ied_rate(self, bed: str, window_s: float) -> int:
        """Count the bed's IEDs of the last `window_s` seconds, by when they happened."""
        since = self._now_utc() - timedelta(seconds=window_s)
        return self._reading.number(
            "SELECT count(*) FROM messages WHERE bed = ? AND kind = 'ied' AND at_utc >= ?", bed, iso_utc(since)
        )
