"""The journal: one SQLite file of what was found, what was looked at, and how far the looking has come.

Messages, coverage and the cursor move in one transaction, so whoever is killed at any instant carries on from
the last commit and neither loses nor doubles anything. WAL with synchronous FULL: a commit that returned is on disk.
Two processes write: the detector commits, the parent acknowledges, parks and posts alarms.
"""

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from sqlite3 import Connection
from typing import Any, Literal

from stream.logbook.journal_file import JournalDatabase, iso_utc
from stream.records import Coverage, Source

Kind = Literal["ied", "sleep", "alarm", "audit"]
Payload = dict[str, Any]

_CURSOR = "SELECT coalesce(max(sample), 0) FROM cursors WHERE bed = ? AND recording = ?"
_MOVE_CURSOR = "INSERT INTO cursors VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET sample = excluded.sample"
_LAST_SEQ = "SELECT coalesce(max(seq), 0) FROM messages WHERE bed = ?"


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A message to be journalled and published: `topic` is the part after the bed, `utc` when it happened."""

    id: str
    kind: Kind
    topic: str
    payload: Payload
    retain: bool
    utc: datetime


@dataclass(frozen=True, slots=True)
class Pending:
    """A journalled message that no broker has acknowledged yet; `payload` is JSON text."""

    rowid: int
    bed: str
    seq: int
    topic: str
    payload: str
    retain: bool


def _now_utc() -> datetime:
    return datetime.now(UTC)


def _cover(database: Connection, bed: str, recording: int, piece: Coverage) -> None:
    """Lengthen the last piece if this one continues it, else add a row."""
    extended = database.execute(
        'UPDATE coverage SET "end" = ? WHERE bed = ? AND recording = ? AND "end" = ? AND fate = ? AND reason = ?',
        (piece.end, bed, recording, piece.first, piece.fate, piece.reason),
    ).rowcount
    if not extended:
        row = (bed, recording, piece.first, piece.end, piece.fate, piece.reason)
        database.execute("INSERT INTO coverage VALUES (?, ?, ?, ?, ?, ?)", row)


class Journal:
    """The journal file at `path`; safe to share between threads, and between processes that each open their own.

    Raises
    ------
    RecordError
        when the file cannot be opened, is not a journal, is damaged or of a newer version; every method raises it
        when the file fails later (a full disk, a broken page): nothing of the call is then in the journal
    """

    def __init__(self, path: Path, *, create: bool = True, now_utc: Callable[[], datetime] = _now_utc) -> None:
        self.path = path
        self._now_utc = now_utc
        self._file = JournalDatabase(path, create=create)
        # Of its own: who asks need not wait for a commit under way on another thread.
        self._asked = JournalDatabase(path, create=False)

    def close(self) -> None:
        """Close the file; the last one to close folds the write-ahead log into it."""
        self._asked.close()
        self._file.close()

    # ---- recordings and how far they are analysed ----

    def open_recording(
        self, bed: str, uid: str, source: Source, started_utc: datetime, first_lsl_s: float, first_utc_s: float
    ) -> int:
        """Give the recording's ordinal on its bed, from 1; the same `uid` has the same ordinal for ever.

        `first_lsl_s` and `first_utc_s` are the LSL time and the Unix time of sample 0.
        """
        with self._file.transaction() as database:
            row = database.execute("SELECT ordinal FROM recordings WHERE bed = ? AND uid = ?", (bed, uid)).fetchone()
            if row is not None:
                return int(row[0])
            ordinal = 1 + self._file.number("SELECT coalesce(max(ordinal), 0) FROM recordings WHERE bed = ?", bed)
            database.execute(
                "INSERT INTO recordings VALUES (?, ?, ?, ?, ?, ?, ?)",
                (bed, ordinal, uid, json.dumps(asdict(source)), iso_utc(started_utc), first_lsl_s, first_utc_s),
            )
            return ordinal

    def cursor(self, bed: str, recording: int) -> int:
        """Give the index up to which the recording's samples are accounted for (exclusive), 0 for none."""
        return self._asked.number(_CURSOR, bed, recording)

    def accounting(self, bed: str, recording: int) -> dict[str, int]:
        """Count the recording's samples by fate; together they are the cursor."""
        rows = self._asked.rows(
            'SELECT fate, sum("end" - first) FROM coverage WHERE bed = ? AND recording = ? GROUP BY fate',
            bed,
            recording,
        )
        return {fate: int(samples) for fate, samples in rows}

    # ---- what the detector writes ----

    def commit(
        self,
        bed: str,
        recording: int,
        cursor: int,
        coverage: Sequence[Coverage] = (),
        messages: Sequence[Outgoing] = (),
    ) -> list[int]:
        """Write coverage up to `cursor` and the messages found there, all or nothing; durable on return.

        Messages whose id is already present are left out and take no sequence number.

        Returns
        -------
        list[int]
            the sequence numbers given, in the order of the messages that were new

        Raises
        ------
        ValueError
            if the coverage does not lead, without a hole or an overlap, from the present cursor to `cursor`
        """
        with self._file.transaction() as database:
            reached = self._file.number(_CURSOR, bed, recording)
            for piece in coverage:
                if piece.first != reached or piece.end <= piece.first:
                    raise ValueError(f"coverage of {bed}/{recording} is at {reached}, {piece} does not follow")
                _cover(database, bed, recording, piece)
                reached = piece.end
            if reached != cursor:
                raise ValueError(f"coverage of {bed}/{recording} ends at {reached}, the cursor at {cursor}")
            database.execute(_MOVE_CURSOR, (bed, recording, cursor))
            return self._append(database, bed, messages)

    def record_latency(self, ids: Sequence[str], journal_ms: float, total_ms: float) -> None:
        """Write into the events' `latency_ms` what was only known after the commit; the first telling stays.

        Not durable, as little as `acknowledge`: a power cut may take the last ones back.
        """
        with self._file.transaction(durable=False) as database:
            database.executemany(
                "UPDATE messages SET payload = json_set(payload, '$.latency_ms.journal', ?, '$.latency_ms.total', ?) "
                "WHERE id = ? AND json_extract(payload, '$.latency_ms.total') IS NULL",
                [(journal_ms, total_ms, message_id) for message_id in ids],
            )

    # ---- what the parent writes ----

    def post(self, bed: str, messages: Sequence[Outgoing]) -> list[int]:
        """Write messages that belong to no samples (alarms, audit); otherwise as `commit`."""
        with self._file.transaction() as database:
            return self._append(database, bed, messages)

    def pending(self, bed: str, limit: int) -> list[Pending]:
        """Give the bed's oldest messages without an acknowledgement, in order of their sequence numbers."""
        rows = self._asked.rows(
            "SELECT rowid, seq, topic, payload, retain FROM messages "
            "WHERE bed = ? AND state = 'pending' ORDER BY seq LIMIT ?",
            bed,
            limit,
        )
        return [Pending(rowid, bed, seq, topic, payload, bool(retain)) for rowid, seq, topic, payload, retain in rows]

    def acknowledge(self, rowids: Sequence[int], reason_code: int) -> None:
        """Mark messages as taken by the broker, with the MQTT reason code it gave (0x10: nobody subscribes).

        An acknowledgement that a power cut takes back sends a message twice, with the same id.
        """
        with self._file.transaction(durable=False) as database:
            database.executemany(
                "UPDATE messages SET state = 'acked', reason_code = ? WHERE rowid = ?",
                [(reason_code, rowid) for rowid in rowids],
            )

    def park(self, rowid: int, reason_code: int, reason: str) -> None:
        """Mark a message that the broker refused: a dead letter, which `replay` can send again."""
        with self._file.transaction() as database:
            database.execute(
                "UPDATE messages SET state = 'dead', reason_code = ?, reason = ? WHERE rowid = ?",
                (reason_code, reason, rowid),
            )

    def replay(self, bed: str, from_seq: int, to_seq: int) -> int:
        """Set messages [from_seq, to_seq] to be published again and count them.

        A state that is no longer the newest of its topic is sent without the retain flag: a replay must not
        leave yesterday's sleep stage standing as today's.
        """
        with self._file.transaction() as database:
            return database.execute(
                "UPDATE messages AS old SET state = 'pending', retain = retain AND NOT EXISTS (SELECT 1 FROM messages "
                "AS newer WHERE newer.bed = old.bed AND newer.topic = old.topic AND newer.seq > old.seq) "
                "WHERE bed = ? AND seq BETWEEN ? AND ?",
                (bed, from_seq, to_seq),
            ).rowcount

    def prune(self, before_utc: datetime) -> int:
        """Delete acknowledged messages journalled before then and count them.

        Each bed's newest message stays, so that its numbers go on.
        """
        with self._file.transaction() as database:
            return database.execute(
                "DELETE FROM messages AS old WHERE state = 'acked' AND created_utc < ? "
                "AND seq < (SELECT max(seq) FROM messages WHERE bed = old.bed)",
                (iso_utc(before_utc),),
            ).rowcount

    def make_room(self) -> None:
        """Lengthen the write-ahead log before anything is committed: a commit that need not is sooner on disk."""
        self._file.make_room()

    def checkpoint(self) -> None:
        """Fold the write-ahead log into the file, so that no commit need do it; takes some milliseconds."""
        self._file.checkpoint()

    # ---- what anybody asks ----

    def outbox_size(self) -> int:
        """Count the messages that wait for a broker's acknowledgement."""
        return self._asked.number("SELECT count(*) FROM messages WHERE state = 'pending'")

    def dead_letters(self) -> int:
        """Count the messages that a broker refused."""
        return self._asked.number("SELECT count(*) FROM messages WHERE state = 'dead'")

    def last_seq(self, bed: str) -> int:
        """Give the bed's newest sequence number, 0 for none."""
        return self._asked.number(_LAST_SEQ, bed)

    def events(self, bed: str, since_utc: datetime, kind: Kind = "ied") -> Iterator[Payload]:
        """Go through the payloads of one kind that happened since then, oldest number first."""
        seq = 0
        while rows := self._asked.rows(
            "SELECT seq, payload FROM messages WHERE bed = ? AND kind = ? AND at_utc >= ? AND seq > ? "
            "ORDER BY seq LIMIT 1000",
            bed,
            kind,
            iso_utc(since_utc),
            seq,
        ):
            seq = rows[-1][0]
            yield from (json.loads(payload) for _, payload in rows)

    def newest(self, bed: str, kind: Kind, limit: int) -> list[Payload]:
        """Give the payloads of the bed's last messages of one kind, newest first."""
        rows = self._asked.rows(
            "SELECT payload FROM messages WHERE bed = ? AND kind = ? ORDER BY seq DESC LIMIT ?", bed, kind, limit
        )
        return [json.loads(payload) for (payload,) in rows]

    def ied_rate(self, bed: str, window_s: float) -> int:
        """Count the bed's IEDs of the last `window_s` seconds, by when they happened."""
        since = self._now_utc() - timedelta(seconds=window_s)
        return self._asked.number(
            "SELECT count(*) FROM messages WHERE bed = ? AND kind = 'ied' AND at_utc >= ?", bed, iso_utc(since)
        )

    def _append(self, database: Connection, bed: str, messages: Sequence[Outgoing]) -> list[int]:
        given: list[int] = []
        seq = self._file.number(_LAST_SEQ, bed) + 1
        for message in messages:
            row = (bed, seq, message.id, message.kind, message.topic, json.dumps(message.payload | {"seq": seq}))
            times = (iso_utc(message.utc), iso_utc(self._now_utc()))
            new = database.execute(
                "INSERT INTO messages (bed, seq, id, kind, topic, payload, retain, at_utc, created_utc) "
                "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING",
                (*row, message.retain, *times),
            ).rowcount
            if new:
                given.append(seq)
                seq += 1
        return given
