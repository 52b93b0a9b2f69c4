"""Output files: only one program writes to each at a time, and none takes the place of an input."""
# ruff: noqa: PLC0415  (what is heavy is imported where it is needed)

import errno
import fcntl
import os
import stat
from collections.abc import Sequence
from pathlib import Path
from typing import Final, TextIO

from stream.errors import ConfigError

UNKNOWN: Final = (errno.ENOLCK, errno.EOPNOTSUPP, errno.ENOSYS)
"""What a file system answers that has no locks: there, two writers are not told apart."""
BEGINNINGS: Final = (
    b"file,id,", b"file,onset_s,duration_s,stage", b'{"file": ', b"time_s,bed,id,", b"onset_s,duration_s,fate,",
    b"onset\tduration\ttrial_type\tchannel\tgroup\tprobability", b'{"resourceType": "Bundle", "type": "collection", ',
)  # fmt: skip
"""Of the tables that `score` and `export` write, which have no place for a name."""
SIGNATURE: Final = b"Spikewatch ("
"""In all other files that they write: near the beginning, or in Parquet near the end."""
LOOKED_AT_BYTES: Final = 1 << 16
_MODE: Final = 0o666
"""As `open` has it: the user's mask takes off what others may not do."""


def open_claimed(out: Path, *, keep: bool) -> TextIO:
    """Open a text file to write for this process alone; what is in it is kept or cut off.

    Raises
    ------
    ConfigError
        if it cannot be written, or another process writes it
    """

    def claimed(name: str, flags: int) -> int:
        # Truncated only after the claim: otherwise a second run would empty the file of the first.
        descriptor = os.open(name, flags & ~os.O_TRUNC, _MODE)
        try:
            # A pipe or a terminal may have several writers.
            if stat.S_ISREG(os.fstat(descriptor).st_mode):
                _lock(descriptor)
                if not keep:
                    os.ftruncate(descriptor, 0)
        except BaseException:
            os.close(descriptor)
            raise
        return descriptor

    try:
        # newline="": each format ends its own lines, and no platform changes them.
        return open(out, "r+" if keep else "w", encoding="utf-8", newline="", opener=claimed)
    except BlockingIOError:
        raise ConfigError(f"--out {out}: another program is writing it; wait for it, or name another file") from None
    except OSError as error:
        raise ConfigError(f"--out {out}: {error.strerror}; name a file that can be written") from error


def _lock(descriptor: int) -> None:
    """Lock a file where its file system knows locks; freed when it is closed, or its process is gone."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        if error.errno not in UNKNOWN:
            raise


def check_spares(out: Path, recordings: Sequence[Path]) -> None:
    """Check that an output would take the place of nothing but an earlier one: of no recording, marks or journal.

    Raises
    ------
    ConfigError
        if it would
    """
    if not out.exists():
        return
    if any(file.exists() and (out.samefile(file) or file.resolve() in out.resolve().parents) for file in recordings):
        raise ConfigError(f"--out {out}: is one of the recordings; name another file")
    if is_ours(out):
        return
    from models.datasets import mark_tables

    what = "marks" if mark_tables.may_be_of_experts(out) else "something else than what was found"
    raise ConfigError(f"--out {out}: holds {what}, which would be lost; name another file, or move it away")


def is_ours(path: Path) -> bool:
    """Whether a file is empty, none (a pipe, a device), or one that Spikewatch wrote for other programs."""
    try:
        if not path.is_file():
            return not path.is_dir()
        with path.open("rb") as file:
            begins = file.read(LOOKED_AT_BYTES)
            file.seek(max(0, path.stat().st_size - LOOKED_AT_BYTES))
            ends = file.read()
    except OSError:
        # What cannot be read is opened, or refused, with its own reason.
        return True
    return not begins or begins.startswith(BEGINNINGS) or SIGNATURE in begins or SIGNATURE in ends
