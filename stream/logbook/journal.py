"""The journal: one SQLite file of what was found, what was analysed, and the sample each bed has reached.

Messages, coverage and the cursor move in one transaction, so a process that is killed at any instant continues from
the last commit and neither loses nor doubles anything. WAL with synchronous FULL: a commit that returned is on disk.
Two processes write: the detector commits, the parent acknowledges, parks, posts alarms and prunes.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from sqlite3 import Connection
from typing import Final

from stream.logbook.audit_chain import text_of
from stream.logbook.cluster_states import forget_old_states, keep_states
from stream.logbook.coverage import amend, follow
from stream.logbook.journal_file import JournalDatabase, iso_utc
from stream.logbook.journal_reader import CURSOR, LAST_SEQ, JournalReader, Kind, Payload, utc_now
from stream.logbook.resending import OLDEST, REPLAY, SAME_TOPIC
from stream.logbook.retention import Retention
from stream.logbook.timeline import Anchor, note
from stream.logbook.withheld import Withheld, keep
from stream.records import Coverage, Source

_MOVE_CURSOR: Final = "INSERT INTO cursors VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET sample = excluded.sample"


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A message to be journalled and published: `topic` is the part after the bed, `utc` when it happened."""

    id: str
    kind: Kind
    topic: str
    payload: Payload
    retain: bool
    utc: datetime


class Journal(JournalReader):
    """The journal file at `path`, which is made if it does not exist, to write and to read.

    It is safe to share between threads, and between processes that each open their own.

    Raises
    ------
    RecordError
        when the file cannot be opened, is not a journal, is damaged or of a newer version; every method raises it
        when the file fails later (a full disk, a broken page): nothing of the call is then in the journal

    Attributes
    ----------
    retention
        deletes what has been kept for long enough
    """

    def __init__(self, path: Path, *, now_utc: Callable[[], datetime] = utc_now) -> None:
        self._file = JournalDatabase(path, create=True)
        self.retention = Retention(self._file)
        # A connection of its own: a question need not wait for a commit under way on another thread.
        super().__init__(path, now_utc=now_utc)

    def close(self) -> None:
        """Close the file; the last one to close folds the write-ahead log into it."""
        super().close()
        self._file.close()

    # ---- written by the detector ----

    def open_recording(
        self, bed: str, uid: str, source: Source, started_utc: datetime, first_lsl_s: float, first_utc_s: float
    ) -> int:
        """Return the recording's ordinal on its bed, from 1; a `uid` seen before keeps its ordinal.

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
            forget_old_states(database, bed, ordinal)
            return ordinal

    def commit(
        self,
        bed: str,
        recording: int,
        cursor: int,
        coverage: Sequence[Coverage] = (),
        messages: Sequence[Outgoing] = (),
        clusters: Mapping[int, bytes] | None = None,
        withheld: Sequence[Withheld] = (),
        anchor: Anchor | None = None,
    ) -> list[int]:
        """Write coverage up to `cursor` and the messages found there, all or nothing; on disk on return.

        `clusters` are the states of those that the messages changed, by number; `withheld` is what was not called;
        `anchor` says when a sample was taken. Messages whose id is present are left out and take no sequence number.

        Returns
        -------
        list[int]
            the sequence numbers used, in the order of the messages that were new

        Raises
        ------
        ValueError
            if the coverage does not lead, without a hole or an overlap, from the present cursor to `cursor`
        """
        with self._file.transaction() as database:
            reached = follow(database, bed, recording, self._file.number(CURSOR, bed, recording), coverage)
            if reached != cursor:
                raise ValueError(f"coverage of {bed}/{recording} ends at {reached}, the cursor at {cursor}")
            database.execute(_MOVE_CURSOR, (bed, recording, cursor))
            keep_states(database, bed, recording, clusters or {})
            if anchor:
                note(database, bed, recording, anchor)
            if withheld:
                keep(database, bed, self.retention.age_s(), withheld)
            return self._append(database, bed, messages)

    def amend(
        self,
        bed: str,
        recording: int,
        amended: Sequence[tuple[Coverage, Sequence[Coverage]]],
        messages: Sequence[Outgoing],
        clusters: Mapping[int, bytes],
    ) -> list[int]:
        """Write what became of pieces of coverage that were looked at again, and what was found; as `commit` does.

        Raises
        ------
        ValueError
            if the fates are not those of a whole piece, or the piece is not there
        """
        with self._file.transaction() as database:
            for piece, fates in amended:
                amend(database, bed, recording, piece, fates)
            keep_states(database, bed, recording, clusters)
            return self._append(database, bed, messages)

    def record_latency(self, ids: Sequence[str], journal_ms: float, total_ms: float) -> None:
        """Write into the events' `latency_ms` what was only known after the commit, once for each event.

        A power cut may take the last ones back, as it may acknowledgements.
        """
        with self._file.transaction(durable=False) as database:
            database.executemany(
                # A result found again after a restart must not overwrite the latency of the event that was sent.
                "UPDATE messages SET payload = json_set(payload, '$.latency_ms.journal', ?, '$.latency_ms.total', ?) "
                "WHERE id = ? AND json_extract(payload, '$.latency_ms.total') IS NULL",
                [(journal_ms, total_ms, message_id) for message_id in ids],
            )

    # ---- written by the parent ----

    def post(self, bed: str, messages: Sequence[Outgoing]) -> list[int]:
        """Write messages that belong to no samples (alarms, audit); otherwise as `commit`."""
        with self._file.transaction() as database:
            return self._append(database, bed, messages)

    def acknowledge(self, rowids: Sequence[int], reason_code: int) -> None:
        """Mark messages as received by the broker, with its MQTT reason code (0x10: no subscriber).

        What it refused on their topics before is pending again.
        """
        # Not durable: an acknowledgement that a power cut takes back sends a message twice, with the same id.
        with self._file.transaction(durable=False) as database:
            database.executemany(
                "UPDATE messages SET state = 'acked', reason_code = ? WHERE rowid = ?",
                [(reason_code, rowid) for rowid in rowids],
            )
            database.executemany(SAME_TOPIC, [(rowid,) for rowid in rowids])

    def park(self, rowid: int, reason_code: int, reason: str) -> None:
        """Mark a message that the broker refused: a dead letter, which is tried again."""
        with self._file.transaction() as database:
            database.execute(
                "UPDATE messages SET state = 'dead', reason_code = ?, reason = ? WHERE rowid = ?",
                (reason_code, reason, rowid),
            )

    def retry_refused(self, bed: str) -> int:
        """Set the oldest refused message of each topic to be published again, as a test of the topic; count them."""
        with self._file.transaction(durable=False) as database:
            return database.execute(OLDEST, (bed,)).rowcount

    def replay(self, bed: str, from_seq: int, to_seq: int) -> int:
        """Set messages [from_seq, to_seq] to be published again and count them.

        A state that is no longer the newest of its topic is sent without the retain flag.
        """
        with self._file.transaction() as database:
            return database.execute(REPLAY, (bed, from_seq, to_seq)).rowcount

    # ---- the file itself ----

    def wait_for_locks(self, seconds: float) -> None:
        """Wait for another program's lock for no longer than this, from now on."""
        self._file.wait_for_locks(seconds)
        self._reading.wait_for_locks(seconds)

    def rejoin(self) -> None:
        """Open the file that is at the path, if it is another one than was opened."""
        self._file.rejoin()
        self._reading.rejoin()

    def restore(self) -> None:
        """Write the file anew with all that it held if it was deleted; open the one at the path if it was replaced.

        For the one process that owns the journal; the others rejoin.
        """
        self._file.restore(self._reading)
        self.rejoin()

    def extend_wal(self) -> None:
        """Lengthen the write-ahead log before anything is committed: a commit that need not is sooner on disk."""
        self._file.extend_wal()

    def checkpoint(self) -> None:
        """Copy the write-ahead log into the file, so that no commit need do it; takes some milliseconds."""
        self._file.checkpoint()

    def _append(self, database: Connection, bed: str, messages: Sequence[Outgoing]) -> list[int]:
        """Write messages, each with the bed's next sequence number, and return the numbers used."""
        numbers: list[int] = []
        seq = self._file.number(LAST_SEQ, bed) + 1
        for message in messages:
            text = text_of(database, bed, message.kind, message.payload | {"seq": seq})
            row = (bed, seq, message.id, message.kind, message.topic, text)
            new = database.execute(
                "INSERT INTO messages (bed, seq, id, kind, topic, payload, retain, at_utc, created_utc) "
                "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING",
                (*row, message.retain, iso_utc(message.utc), iso_utc(self._now_utc())),
            ).rowcount
            if new:
                numbers.append(seq)
                seq += 1
        return numbers
