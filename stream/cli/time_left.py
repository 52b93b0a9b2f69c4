"""Progress in a long file, and the time that is left: one line on stderr, now and then."""

import sys
import time
from collections.abc import Callable
from typing import Final, TextIO

ON_TERMINAL_S: Final = 1.0
ELSEWHERE_S: Final = 60.0
"""In a log file a line a second would be thousands."""


class TimeLeft:
    """Shows progress through `total_s` of a recording, from `start_s` on.

    Parameters
    ----------
    clock
        seconds
    """

    def __init__(
        self,
        name: str,
        total_s: float,
        start_s: float = 0.0,
        out: TextIO | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._name = name
        self._total_s, self._start_s = total_s, start_s
        self._out = out or sys.stderr
        self._is_terminal = self._out.isatty()
        self._clock = clock
        self._began_s = clock()
        self._shown = False
        self._due_s = self._began_s + self._every_s

    @property
    def _every_s(self) -> float:
        return ON_TERMINAL_S if self._is_terminal else ELSEWHERE_S

    def show(self, done_s: float, events: int) -> None:
        """Show how far it is, if it is time to."""
        now_s = self._clock()
        if now_s < self._due_s:
            return
        self._due_s = now_s + self._every_s
        speed = (done_s - self._start_s) / (now_s - self._began_s)
        left = f", {_hours((self._total_s - done_s) / speed)} left" if speed > 0 else ""
        line = f"{self._name}: {_hours(done_s)} of {_hours(self._total_s)}, {events} events{left}"
        # On a terminal the line is written over the one before.
        self._out.write(f"\r{line}\x1b[K" if self._is_terminal else f"{line}\n")
        self._out.flush()
        self._shown = True

    def close(self) -> None:
        """Clear the line on a terminal."""
        if self._shown and self._is_terminal:
            self._out.write("\r\x1b[K")
            self._out.flush()


def _hours(seconds: float) -> str:
    whole = round(max(0.0, seconds))
    return f"{whole // 3600}:{whole // 60 % 60:02}:{whole % 60:02}"
