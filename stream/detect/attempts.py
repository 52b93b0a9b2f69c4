"""When a bed whose analysis failed begins again: at once after a first failure, some minutes after a second one."""

import math
from collections.abc import Callable
from typing import Final

from stream.printable import printable

SOON_S: Final = 60.0
"""A failure so soon after another one is final for now: what was no fault of the bed (no memory for a moment) is over
by then. What is fails again at the same sample at once, and each try conditions 90 s anew.
"""
AGAIN_S: Final = 300.0
"""So long after that, the bed is tried once more: the samples that it failed on lie further back than a warm-up."""
PROVEN_S: Final = 10.0
"""So much must be analysed then, before the failure's alarm ends: a fault that comes back at once ends no alarm."""
LONGEST_REASON: Final = 200
"""Characters of an exception that go into alarm and log."""


class Attempts:
    """One bed's failures; `clock` returns monotonic seconds.

    Attributes
    ----------
    reason
        what was raised last, in one line
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self.reason = ""
        self._clock = clock
        self._failed_s = -math.inf

    def note(self, error: Exception) -> bool:
        """Note a failure; True if it is to be the last for now."""
        before_s, self._failed_s = self._failed_s, self._clock()
        self.reason = printable(f"{type(error).__name__}: {error}".splitlines()[0])[:LONGEST_REASON]
        return self._failed_s < before_s + SOON_S

    @property
    def is_due(self) -> bool:
        """Whether a bed that was given up is to be tried once more."""
        return self._clock() >= self._failed_s + AGAIN_S

    @property
    def alarm(self) -> str:
        """What is told of a bed that was given up."""
        # The same text until the bed has proven itself: another one would be another alarm.
        return f"{self.reason}; nothing is detected; the bed is tried again every {AGAIN_S / 60:g} min"
