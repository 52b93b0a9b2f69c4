"""Where log lines go: to stderr, by a thread that may wait for its reader as long as it likes.

Nobody may be reading: a terminal that was stopped with Ctrl-S, a pipe whose reader hangs. Whoever logs must not wait
for that, so lines lie in memory meanwhile; when there are too many, they are dropped and counted.
"""

import atexit
import os
import select
import threading
from collections import deque
from collections.abc import Callable
from typing import Final

MOST_BYTES: Final = 1 << 20
LAST_WORDS_S: Final = 1.0
"""So long the end of the process waits for what is still to be written."""


class LogSink:
    """A text stream for one reader that is slow or gone; `write` never waits.

    Parameters
    ----------
    fd
        the file descriptor that is written to
    on_dropped
        called once there is room again, with the number of pieces that were dropped; what it writes is not lost
    """

    def __init__(self, fd: int, on_dropped: Callable[[int], None]) -> None:
        self.dropped = 0
        self._fd = fd
        self._on_dropped = on_dropped
        self._waiting: deque[bytes] = deque()
        self._bytes = 0
        self._changed = threading.Condition()
        # A daemon: a process must be able to end while no one reads.
        threading.Thread(target=self._write_all, name="log", daemon=True).start()
        atexit.register(self.drain, LAST_WORDS_S)

    def isatty(self) -> bool:
        """Check whether a person reads."""
        return os.isatty(self._fd)

    def write(self, text: str) -> int:
        """Have a text written, or dropped where too much waits."""
        self.write_bytes(text.encode(errors="replace"))
        return len(text)

    def write_bytes(self, piece: bytes) -> None:
        """Have bytes written, such as what a child process wrote."""
        with self._changed:
            if self._bytes + len(piece) > MOST_BYTES:
                self.dropped += 1
                return
            self._bytes += len(piece)
            self._waiting.append(piece)
            self._changed.notify_all()

    def flush(self) -> None:
        """Return at once: the thread writes as soon as it can."""

    def drain(self, patience_s: float) -> None:
        """Wait until all is written, or for as long as `patience_s`."""
        with self._changed:
            self._changed.wait_for(lambda: not self._bytes, patience_s)

    def _write_all(self) -> None:
        """Write lines as they come. Runs on the thread."""
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._waiting)
                piece = self._waiting.popleft()
            _write(self._fd, piece)
            with self._changed:
                # Only now: what is being written takes room too, and `drain` waits for it.
                self._bytes -= len(piece)
                dropped = 0 if self._waiting else self.dropped
                self.dropped -= dropped
                self._changed.notify_all()
            if dropped:
                self._on_dropped(dropped)


def _write(fd: int, piece: bytes) -> None:
    """Write all of it, waiting for the reader; give it up where there is none any more."""
    while piece:
        try:
            piece = piece[os.write(fd, piece) :]
        except BlockingIOError:
            # Whoever shares stderr may have made it non-blocking.
            select.select([], [fd], [])
        except OSError:
            return
