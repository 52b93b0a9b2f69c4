"""The journal's SQLite file: opened, migrated or refused, and written in transactions that fail with one clear line."""

import os
import sqlite3
import threading
import time
from array import array
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from itertools import chain
from pathlib import Path
from typing import Any, Final

import structlog

from stream.errors import RecordError
from stream.logbook.journal_errors import clear_errors
from stream.logbook.journal_place import Place, write_anew
from stream.logbook.journal_schema import APPLICATION_ID, MIGRATIONS, SCHEMA_VERSION, TABLES

BUSY_TIMEOUT_S: Final = 4.0
"""How long a question or a commit waits while another program holds the file.

A commit and the note of its latency, two waits in a row, end before the 10 s after which the parent takes a silent
process for one that hangs and kills it: what is said must be that the journal is locked.
"""
OPENING_TIMEOUT_S: Final = 60.0
"""As long as another process may need to migrate a large file; a child has 180 s for its first report."""
OPENING_AGAIN_S: Final = 0.005
WAL_LIMIT_BYTES: Final = 64 << 20
CHECKPOINT_PAGES: Final = 4096
"""16 MiB of write-ahead log, and a commit copies it into the file itself: where nothing calls `checkpoint` in time."""
WAL_RESERVE_BYTES: Final = 4 << 20
"""A thousand pages: about what is committed in 10 s of a bed with an event in every hop."""
CACHE_KIB: Final = 256
"""The memory of each connection grows with the journal up to this, within an hour or two of a ward. SQLite's default is
2,000, which then looks like a leak; what is not in it is in the system's own cache of the file."""

_log = structlog.get_logger()


def iso_utc(instant: datetime) -> str:
    """Write an instant so that the order of the texts is the order of the instants."""
    return instant.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


class JournalDatabase:
    """One connection to the file, which threads may share.

    Raises
    ------
    RecordError
        on opening: a path that cannot be written, a file that is damaged, foreign or newer;
        from every method: what SQLite reports, with the file's name; nothing of a failed transaction is in the file
    """

    def __init__(self, path: Path, *, create: bool) -> None:
        self._path = path
        self._lock = threading.RLock()
        if create:
            self._touch()
        elif not path.is_file():
            raise RecordError(f"journal {path}: there is no such file; `spikewatch run` makes it")
        self._wait_s = BUSY_TIMEOUT_S
        self._open()

    def _open(self) -> None:
        with clear_errors(self._path):
            self._database = sqlite3.connect(
                # By default SQLite would make a missing file, readable by all.
                self._path.absolute().as_uri() + "?mode=rw",
                uri=True,
                timeout=OPENING_TIMEOUT_S,
                # Transactions begin and end where `transaction` says, not where Python's module would have them.
                isolation_level=None,
                check_same_thread=False,
            )
            self._place = Place.of(self._path)
        try:
            self._prepare()
        except RecordError:
            self.close()
            raise

    def close(self) -> None:
        """Close the connection; the last one to close folds the write-ahead log into the file."""
        with self._lock:
            self._database.close()

    def wait_for_locks(self, seconds: float) -> None:
        """Wait for another program's lock for no longer than this, from now on."""
        with self._lock, clear_errors(self._path):
            self._wait_s = seconds
            self._database.execute(f"PRAGMA busy_timeout = {seconds * 1e3:.0f}")

    def rejoin(self) -> None:
        """Open the file that is at the path, if it is another one than was opened."""
        with self._lock:
            if self._place.replaced:
                self.close()
                self._open()

    def restore(self, reading: "JournalDatabase") -> None:
        """Write a deleted file anew with all that it held, as another connection to it reads it."""
        with self._lock, clear_errors(self._path):
            if not self._place.deleted:
                return
            self._database.execute("BEGIN IMMEDIATE")
            try:
                # Not from this connection: SQLite copies from none that writes.
                write_anew(reading._database, self._path)
            except OSError as error:
                raise RecordError(f"journal {self._path}: deleted, and not written anew: {error.strerror}") from error
            finally:
                self._database.execute("ROLLBACK")
        _log.warning("the journal was deleted, and is written anew with all that it held", path=str(self._path))

    def rows(self, query: str, *values: str | float) -> list[Any]:
        """Run a query and fetch all its rows, so that no reader holds the write-ahead log back."""
        with self._lock, clear_errors(self._path):
            return self._database.execute(query, values).fetchall()

    def numbers(self, of: Callable[..., float], query: str, *values: str | float) -> "array[float]":
        """Run a query and return what `of` makes of each row: eight bytes a row, where a list of rows takes 200."""
        with self._lock, clear_errors(self._path):
            return array("d", (of(*row) for row in self._database.execute(query, values)))

    def number(self, query: str, *values: str | float) -> int:
        """Run a query whose answer is one whole number."""
        return int(self.rows(query, *values)[0][0])

    @contextmanager
    def transaction(self, *, durable: bool = True) -> Iterator[sqlite3.Connection]:
        """Write all or nothing, as the only writer; on disk when the block is left, unless `durable` is False.

        What is not durable survives any kill of the process, but perhaps not a power cut.
        """
        with self._lock, clear_errors(self._path):
            self._database.execute(f"PRAGMA synchronous = {'FULL' if durable else 'NORMAL'}")
            # The lock is taken at once: a reader that turned writer half-way could be refused without any waiting.
            self._database.execute("BEGIN IMMEDIATE")
            try:
                # Checked under the lock: the process that writes a deleted file anew holds it, so nothing can be
                # written to the old copy.
                self._place.check()
                yield self._database
                self._database.execute("COMMIT")
            finally:
                if self._database.in_transaction:
                    self._database.execute("ROLLBACK")

    def extend_wal(self) -> None:
        """Lengthen the write-ahead log to WAL_RESERVE_BYTES; neither the tables nor the file itself change.

        A commit that writes over a part of the log is on disk sooner than one that makes the log longer: that waits
        for the file system's own journal as well, and so for whatever else is being written to that disk.
        """
        with self._lock, clear_errors(self._path):
            # A transaction that does not fit into the cache is written to the log before it is rolled back.
            self._database.execute("PRAGMA cache_size = 10")
            self._database.execute("BEGIN IMMEDIATE")
            try:
                self._database.execute("CREATE TABLE reserve (bytes BLOB)")
                self._database.execute("INSERT INTO reserve VALUES (zeroblob(?))", (WAL_RESERVE_BYTES,))
            finally:
                self._database.execute("ROLLBACK")
                self._database.execute(f"PRAGMA cache_size = -{CACHE_KIB}")

    def checkpoint(self) -> None:
        """Copy the write-ahead log into the file as far as no reader needs it; commits go on meanwhile."""
        self.rows("PRAGMA wal_checkpoint(PASSIVE)")

    def _touch(self) -> None:
        """Make the file, readable by its owner alone, before SQLite would make it readable by all."""
        try:
            # An existing file is left alone: closing it would drop the locks that this process's connections hold.
            if not self._path.is_file():
                os.close(os.open(self._path, os.O_CREAT | os.O_RDWR, 0o600))
        except OSError as error:
            raise RecordError(
                f"journal {self._path}: {error.strerror}; set journal.path to a file that can be written"
            ) from error

    def _prepare(self) -> None:
        # Before anything is written: a file that is refused stays as it is.
        version = self._check()
        with clear_errors(self._path):
            self._turn_to_wal()
            self._database.execute(f"PRAGMA journal_size_limit = {WAL_LIMIT_BYTES}")
            self._database.execute(f"PRAGMA wal_autocheckpoint = {CHECKPOINT_PAGES}")
            self._database.execute(f"PRAGMA cache_size = -{CACHE_KIB}")
        if version != SCHEMA_VERSION:
            self._make_or_migrate()
        with clear_errors(self._path):
            self._database.execute(f"PRAGMA busy_timeout = {self._wait_s * 1e3:.0f}")

    def _turn_to_wal(self) -> None:
        """Set the journal mode; wait for another process that opens the same new file at this moment."""
        until_s = time.monotonic() + OPENING_TIMEOUT_S
        while True:
            try:
                self._database.execute("PRAGMA journal_mode = WAL")
            except sqlite3.OperationalError as problem:
                # SQLite's own time-out does not hold for this one statement.
                if problem.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() > until_s:
                    raise
                time.sleep(OPENING_AGAIN_S)
            else:
                return

    def _make_or_migrate(self) -> None:
        """Make the tables of a new file; bring those of an older one up to date, all steps in one transaction."""
        with self.transaction() as database:
            # Under the lock, once more: another process may have made or migrated the tables meanwhile.
            version = self._check()
            for statement in chain(*MIGRATIONS[version - 1 :]) if version else TABLES:
                database.execute(statement)
            database.execute(f"PRAGMA application_id = {APPLICATION_ID}")
            database.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")

    def _check(self) -> int:
        """Return the version of the tables, 0 for a file without any; raise RecordError for what is no journal."""
        # One statement, one view: between two, another process might make the tables.
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
        return int(version) if tables else 0
