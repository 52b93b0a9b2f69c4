"""One training at a time in a run folder: two would write over each other's checkpoint."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from models.errors import TrainingError

LOCK: Final = "training.lock"


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Make a folder if there is none, and keep it for this training while the block runs.

    Raises
    ------
    TrainingError
        if another training runs there, or the folder cannot be made
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        # A file rather than the folder itself: network file systems lock only what is open for writing.
        lock = os.open(folder / LOCK, os.O_CREAT | os.O_RDWR, 0o644)
    except OSError as problem:
        raise TrainingError(f"{folder}: cannot be the folder of a training ({problem.strerror})") from None
    try:
        _take(lock, folder)
        yield
    finally:
        os.close(lock)


def _take(lock: int, folder: Path) -> None:
    # The kernel lets go when the process ends, however it ends: a kill leaves nothing to clear away.
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise TrainingError(f"{folder}: another training runs here; wait for it, or name another folder") from None
    except OSError:
        # Some network file systems cannot lock at all: better to train unguarded there than not to train.
        return
