"""One `spikewatch run` per journal: a lock beside the file, which the kernel frees when its process dies.

Two runs on one journal would number their messages by turns, and take each other's MQTT sessions.
"""

import fcntl
import os
import socket
from pathlib import Path
from typing import Final

from stream.errors import RecordError

_LONGEST_OWNER: Final = 200


class JournalLock:
    """Holds the journal at `path` for this process, until `release`.

    Raises
    ------
    RecordError
        if another process holds it, or no file can be made or locked there
    """

    def __init__(self, path: Path) -> None:
        # The resolved path: two names of one journal must give one lock.
        path = path.resolve()
        lock = path.with_name(f"{path.name}.lock")
        try:
            # A file object, so that a start that fails further on leaves nothing locked.
            self._file = os.fdopen(os.open(lock, os.O_RDWR | os.O_CREAT, 0o600), "r+b", buffering=0)
        except OSError as error:
            raise RecordError(
                f"journal {path}: {error.strerror}; set journal.path to a file that can be written"
            ) from error
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            owner = self._file.read(_LONGEST_OWNER).decode(errors="replace").strip() or "unknown"
            self._file.close()
            raise RecordError(
                f"journal {path}: in use by process {owner}; stop it, or name another journal.path for this one"
            ) from None
        except OSError as error:
            self._file.close()
            raise RecordError(
                f"journal {path}: its file system cannot lock it ({error.strerror}), which a journal needs; set "
                "journal.path to a file on a disk of this host"
            ) from error
        self._file.truncate(0)
        self._file.write(f"{os.getpid()} on {socket.gethostname()}\n".encode())

    def release(self) -> None:
        """Let another process have the journal."""
        # The file is not deleted: one process could hold a lock on the deleted file while the next makes another.
        self._file.close()
