"""The journal's SQLite file: its tables, when it is refused, and transactions that fail with one clear line."""

import os
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from stream.errors import RecordError

APPLICATION_ID = int.from_bytes(b"SPKW")
SCHEMA_VERSION = 1
BUSY_TIMEOUT_S = 20.0
OPENING_AGAIN_S = 0.005
WAL_LIMIT_BYTES = 64 << 20
CHECKPOINT_PAGES = 4096
"""16 MiB of write-ahead log, and a commit folds it into the file itself: where nobody calls `checkpoint` in time."""
ROOM_BYTES = 4 << 20
"""A thousand pages: about what is committed in 10 s of a bed with an event in every hop."""

_TABLES = """
CREATE TABLE recordings (
    bed TEXT NOT NULL, ordinal INTEGER NOT NULL, uid TEXT NOT NULL, source TEXT NOT NULL,
    started_utc TEXT NOT NULL, first_lsl_s REAL NOT NULL, first_utc_s REAL NOT NULL,
    PRIMARY KEY (bed, ordinal), UNIQUE (bed, uid)
) STRICT;
CREATE TABLE messages (
    rowid INTEGER PRIMARY KEY, bed TEXT NOT NULL, seq INTEGER NOT NULL CHECK (seq > 0), id TEXT NOT NULL UNIQUE,
    kind TEXT NOT NULL CHECK (kind IN ('ied', 'sleep', 'alarm', 'audit')),
    topic TEXT NOT NULL, payload TEXT NOT NULL, retain INTEGER NOT NULL,
    at_utc TEXT NOT NULL, created_utc TEXT NOT NULL,
    state TEXT NOT NULL DEFAULT 'pending' CHECK (state IN ('pending', 'acked', 'dead')),
    reason_code INTEGER NOT NULL DEFAULT 0, reason TEXT NOT NULL DEFAULT '',
    UNIQUE (bed, seq)
) STRICT;
CREATE INDEX messages_outbox ON messages (bed, seq) WHERE state = 'pending';
CREATE INDEX messages_dead ON messages (bed, seq) WHERE state = 'dead';
CREATE INDEX messages_time ON messages (bed, kind, at_utc);
CREATE TABLE coverage (
    bed TEXT NOT NULL, recording INTEGER NOT NULL, first INTEGER NOT NULL, "end" INTEGER NOT NULL CHECK ("end" > first),
    fate TEXT NOT NULL CHECK (fate IN ('analysed', 'rejected', 'missing', 'shed')), reason TEXT NOT NULL,
    PRIMARY KEY (bed, recording, first), UNIQUE (bed, recording, "end")
) STRICT;
CREATE TABLE cursors (
    bed TEXT NOT NULL, recording INTEGER NOT NULL, sample INTEGER NOT NULL, PRIMARY KEY (bed, recording)
) STRICT;
"""


def iso_utc(instant: datetime) -> str:
    """Write an instant so that the order of the texts is the order of the instants."""
    return instant.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


class JournalDatabase:
    """One connection to the file, which threads may share.

    Raises
    ------
    RecordError
        on opening: a path that cannot be written, a file that is damaged, foreign or newer;
        from every method: what SQLite reports, with the file's name
    """

    def __init__(self, path: Path, *, create: bool) -> None:
        self._path = path
        self._lock = threading.RLock()
        if create:
            self._touch()
        elif not path.is_file():
            raise RecordError(f"journal {path}: there is no such file; `spikewatch run` makes it")
        with self._failing_clearly():
            self._database = sqlite3.connect(
                path.absolute().as_uri() + "?mode=rw",
                uri=True,
                timeout=BUSY_TIMEOUT_S,
                isolation_level=None,
                check_same_thread=False,
            )
        try:
            self._prepare()
        except RecordError:
            self.close()
            raise

    def close(self) -> None:
        """Close the connection; the last one to close folds the write-ahead log into the file."""
        with self._lock:
            self._database.close()

    def rows(self, query: str, *values: str | float) -> list[Any]:
        """Run a query and fetch all its rows, so that no reader holds the write-ahead log back."""
        with self._lock, self._failing_clearly():
            return self._database.execute(query, values).fetchall()

    def number(self, query: str, *values: str | float) -> int:
        """Run a query whose answer is one whole number."""
        return int(self.rows(query, *values)[0][0])

    @contextmanager
    def transaction(self, *, durable: bool = True) -> Iterator[sqlite3.Connection]:
        """Write all or nothing, as the only writer; on disk when the block is left, unless `durable` is False.

        What is not durable survives any kill of the process, but perhaps not a power cut.
        """
        with self._lock, self._failing_clearly():
            self._database.execute(f"PRAGMA synchronous = {'FULL' if durable else 'NORMAL'}")
            self._database.execute("BEGIN IMMEDIATE")
            try:
                yield self._database
                self._database.execute("COMMIT")
            finally:
                if self._database.in_transaction:
                    self._database.execute("ROLLBACK")

    def make_room(self) -> None:
        """Lengthen the write-ahead log to ROOM_BYTES, by a transaction too large for the cache that is taken back.

        A commit that writes over a part of the log is on disk sooner than one that makes the log longer: that waits
        for the file system's own journal as well, and so for whatever else is being written to that disk.
        """
        with self._lock, self._failing_clearly():
            self._database.execute("PRAGMA cache_size = 10")
            self._database.execute("BEGIN IMMEDIATE")
            try:
                self._database.execute("CREATE TABLE room (bytes BLOB)")
                self._database.execute("INSERT INTO room VALUES (zeroblob(?))", (ROOM_BYTES,))
            finally:
                self._database.execute("ROLLBACK")
                self._database.execute("PRAGMA cache_size = -2000")

    def checkpoint(self) -> None:
        """Fold the write-ahead log into the file as far as nobody is reading it; commits go on meanwhile."""
        self.rows("PRAGMA wal_checkpoint(PASSIVE)")

    def _touch(self) -> None:
        """Make the file, readable by its owner alone, before SQLite would make it readable by all."""
        try:
            # One that is there is left alone: closing it would drop the locks that this process's connections hold.
            if not self._path.is_file():
                os.close(os.open(self._path, os.O_CREAT | os.O_RDWR, 0o600))
        except OSError as error:
            raise RecordError(
                f"journal {self._path}: {error.strerror}; set journal.path to a file that can be written"
            ) from error

    def _prepare(self) -> None:
        self._check()
        with self._failing_clearly():
            self._turn_to_wal()
            self._database.execute(f"PRAGMA journal_size_limit = {WAL_LIMIT_BYTES}")
            self._database.execute(f"PRAGMA wal_autocheckpoint = {CHECKPOINT_PAGES}")
        with self.transaction() as database:
            if self.number("PRAGMA user_version") == 0:
                for statement in _TABLES.split(";")[:-1]:
                    database.execute(statement)
                database.execute(f"PRAGMA application_id = {APPLICATION_ID}")
                database.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")

    def _turn_to_wal(self) -> None:
        """Wait for another process that opens the new file at the same moment: SQLite itself does not, here."""
        until_s = time.monotonic() + BUSY_TIMEOUT_S
        while True:
            try:
                self._database.execute("PRAGMA journal_mode = WAL")
            except sqlite3.OperationalError as problem:
                if problem.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() > until_s:
                    raise
                time.sleep(OPENING_AGAIN_S)
            else:
                return

    def _check(self) -> None:
        # One statement, one view: between two, another process might have made the tables.
        [(application, version, tables)] = self.rows(
            "SELECT application_id, user_version, (SELECT count(*) FROM sqlite_schema) "
            "FROM pragma_application_id, pragma_user_version"
        )
        if application != APPLICATION_ID and (application or tables):
            raise RecordError(f"journal {self._path}: a database, but not a journal; set journal.path to another file")
        if application == APPLICATION_ID and version > SCHEMA_VERSION:
            raise RecordError(
                f"journal {self._path}: version {version}, this Spikewatch reads up to {SCHEMA_VERSION}; install a "
                "newer one or set journal.path to another file"
            )

    @contextmanager
    def _failing_clearly(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            raise RecordError(
                f"journal {self._path}: {error}; see that the disk has room and is sound, or set journal.path"
            ) from error
