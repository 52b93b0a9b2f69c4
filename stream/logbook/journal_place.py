"""Whether an open journal is still the file at its path, and how a deleted one is written anew with all that it held.

An open file lives on when its name is deleted, so a process could go on writing to a file that nobody can find.
"""

import os
import sqlite3
from dataclasses import dataclass
from pathlib import Path

from stream.errors import RecordError


@dataclass(frozen=True, slots=True)
class Place:
    """The file that was at a path when it was opened."""

    path: Path
    device: int
    inode: int

    @classmethod
    def of(cls, path: Path) -> "Place":
        """Return what is at a path now."""
        found = path.stat()
        return cls(path, found.st_dev, found.st_ino)

    @property
    def deleted(self) -> bool:
        """Whether nothing is at the path any more; OSError where that cannot be known, as without permission."""
        try:
            self.path.stat()
        except (FileNotFoundError, NotADirectoryError):
            return True
        return False

    @property
    def replaced(self) -> bool:
        """Whether another file is at the path now."""
        try:
            return Place.of(self.path) != self
        except OSError:
            return False

    def check(self) -> None:
        """Check that the file is still there.

        Raises
        ------
        RecordError
            if it was deleted, or another has taken its place
        OSError
            if nobody can tell
        """
        if self.deleted or self.replaced:
            raise RecordError(f"journal {self.path}: the file was deleted or replaced while it was in use")


def write_anew(source: sqlite3.Connection, path: Path) -> None:
    """Write all that an open journal holds to its path, where nothing is any more.

    Nobody else may write to it meanwhile.

    Raises
    ------
    OSError, sqlite3.Error
        if it cannot be written; nothing is at the path then
    """
    unfinished = path.with_name(f"{path.name}.restored")
    unfinished.unlink(missing_ok=True)
    # Before SQLite would make it readable by all.
    os.close(os.open(unfinished, os.O_CREAT | os.O_RDWR, 0o600))
    target = sqlite3.connect(unfinished)
    try:
        source.backup(target)
    finally:
        target.close()
    # Left over from the deleted file: SQLite would take them for the new one's, and play the old log into it.
    for suffix in ("-wal", "-shm"):
        path.with_name(path.name + suffix).unlink(missing_ok=True)
    unfinished.rename(path)
