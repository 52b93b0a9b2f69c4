"""What SQLite and the file system report of a journal, as one clear line."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from stream.errors import RecordError


@contextmanager
def clear_errors(path: Path) -> Iterator[None]:
    """Turn errors of SQLite and of the file system into a RecordError that names the file and the remedy."""
    try:
        yield
    except OSError as error:
        # SQLite does not meet a folder that may not be entered any more: its file is open.
        remedy = "see that its folder can be entered and its disk is sound, or set journal.path"
        raise RecordError(f"journal {path}: {error.strerror}; {remedy}") from error
    except sqlite3.Error as error:
        # Extended codes (SQLITE_BUSY_SNAPSHOT and the like) keep the kind of error in their low byte.
        if getattr(error, "sqlite_errorcode", 0) & 0xFF == sqlite3.SQLITE_BUSY:
            remedy = "another program keeps it locked; end that program (a database browser, a backup)"
        else:
            remedy = "see that the disk has room and is sound, or set journal.path"
        raise RecordError(f"journal {path}: {error}; {remedy}") from error
