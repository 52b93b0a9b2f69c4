"""A real journal whose disk may be full, broken, slow or out of reach, as a test wishes."""

import errno
import os
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from stream.errors import RecordError
from stream.logbook.journal import Journal, Outgoing
from stream.logbook.journal_reader import Kind, Payload, Pending
from stream.logbook.timeline import JournalRecording

FULL = "journal: database or disk is full"
UNREADABLE = "journal: disk I/O error"


class FailingJournal(Journal):
    """Raises for every write while `full`, for every question while `unreadable`, as the journal itself would.

    While `answering` is cleared, writes wait: a disk that hangs.
    """

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.full = False
        self.unreadable = False
        self.answering = threading.Event()
        self.answering.set()

    def _write(self) -> None:
        # Not for ever: a test that fails while it is cleared must still end.
        self.answering.wait(20)
        if self.full:
            raise RecordError(FULL)

    def _read(self) -> None:
        if self.unreadable:
            raise RecordError(UNREADABLE)

    def post(self, bed: str, messages: Sequence[Outgoing]) -> list[int]:
        """Post, or fail."""
        self._write()
        return super().post(bed, messages)

    def acknowledge(self, rowids: Sequence[int], reason_code: int) -> None:
        """Acknowledge, or fail."""
        self._write()
        super().acknowledge(rowids, reason_code)

    def park(self, rowid: int, reason_code: int, reason: str) -> None:
        """Park, or fail."""
        self._write()
        super().park(rowid, reason_code, reason)

    def replay(self, bed: str, from_seq: int, to_seq: int) -> int:
        """Replay, or fail."""
        self._write()
        return super().replay(bed, from_seq, to_seq)

    def checkpoint(self) -> None:
        """Checkpoint, or fail."""
        self._write()
        super().checkpoint()

    def last_seq(self, bed: str) -> int:
        """Return it, or fail."""
        self._read()
        return super().last_seq(bed)

    def accounting(self, bed: str, recording: int) -> dict[str, int]:
        """Count, or fail."""
        self._read()
        return super().accounting(bed, recording)

    def recordings(self, bed: str) -> list[JournalRecording]:
        """List them, or fail."""
        self._read()
        return super().recordings(bed)

    def newest(self, bed: str, kind: Kind, limit: int) -> list[Payload]:
        """Return them, or fail."""
        self._read()
        return super().newest(bed, kind, limit)

    def ied_rate(self, bed: str, window_s: float) -> int:
        """Count, or fail."""
        self._read()
        return super().ied_rate(bed, window_s)

    def outbox_size(self) -> int:
        """Count, or fail."""
        self._read()
        return super().outbox_size()

    def dead_letters(self) -> int:
        """Count, or fail."""
        self._read()
        return super().dead_letters()

    def pending(self, bed: str, limit: int) -> list[Pending]:
        """Return them, or fail."""
        self._read()
        return super().pending(bed, limit)


def alarm_events(journal: Journal, bed: str = "bed-1") -> list[tuple[str, bool]]:
    """Return name and phase of every journalled alarm, in order."""
    # Asked of the class: this journal's own method raises while it is unreadable.
    payloads: list[dict[str, Any]] = Journal.newest(journal, bed, "alarm", 10_000)
    return [(payload["name"], payload["on"]) for payload in reversed(payloads)]


@contextmanager
def out_of_reach(file: Path) -> Iterator[None]:
    """Let a file be looked at by its path no more. Permissions would not do: the super-user passes them."""
    stat = Path.stat

    def refused(path: Path, *, follow_symlinks: bool = True) -> os.stat_result:
        if path == file:
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path))
        return stat(path, follow_symlinks=follow_symlinks)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Path, "stat", refused)
        yield
