"""The journal: one SQLite file of what was found, what was looked at, and how far the looking has come.

Messages, coverage and the cursor move in one transaction, so whoever is killed at any instant carries on from
the last commit and neither loses nor doubles anything. WAL with synchronous FULL: a commit that returned is on disk.
Two processes write: the detector commits, the parent acknowledges, parks and posts alarms.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from sqlite3 import Connection

from stream.logbook.journal_file import JournalDatabase, iso_utc
from stream.logbook.journal_reader import CURSOR, LAST_SEQ, JournalReader, Kind, Payload, utc_now
from stream.records import Coverage, Source

_MOVE_CURSOR = "INSERT INTO cursors VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET sample = excluded.sample"


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A message to be journalled and published: `topic` is the part after the bed, `utc` when it happened."""

    id: str
    kind: Kind
    topic: str
    payload: Payload
    retain: bool
    utc: datetime


def _cover(database: Connection, bed: str, recording: int, piece: Coverage) -> None:
    """Lengthen the last piece if this one continues it, else add a row."""
    extended = database.execute(
        'UPDATE coverage SET "end" = ? WHERE bed = ? AND recording = ? AND "end" = ? AND fate = ? AND reason = ?',
        (piece.end, bed, recording, piece.first, piece.fate, piece.reason),
    ).rowcount
    if not extended:
        row = (bed, recording, piece.first, piece.end, piece.fate, piece.reason)
        database.execute("INSERT INTO coverage VALUES (?, ?, ?, ?, ?, ?)", row)


class Journal(JournalReader):
    """The journal file at `path`, which is made if it is not there, to write and to ask.

    It is safe to share between threads, and between processes that each open their own.

    Raises
    ------
    RecordError
        when the file cannot be opened, is not a journal, is damaged or of a newer version; every method raises it
        when the file fails later (a full disk, a broken page): nothing of the call is then in the journal
    """

    def __init__(self, path: Path, *, now_utc: Callable[[], datetime] = utc_now) -> None:
        self._file = JournalDatabase(path, create=True)
        # Of its own: who asks need not wait for a commit under way on another thread.
        super().__init__(path, now_utc=now_utc)

    def close(self) -> None:
        """Close the file; the last one to close folds the write-ahead log into it."""
        super().close()
        self._file.close()

    # ---- what the detector writes ----

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
            reached = self._file.number(CURSOR, bed, recording)
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

    def _append(self, database: Connection, bed: str, messages: Sequence[Outgoing]) -> list[int]:
        given: list[int] = []
        seq = self._file.number(LAST_SEQ, bed) + 1
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
