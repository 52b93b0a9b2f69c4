"""Whether a child process ends again and again: every time it is started anew, and nothing is watched meanwhile."""

from collections import defaultdict
from collections.abc import Callable
from typing import Final

FEWEST_ENDS: Final = 4
WITHIN_S: Final = 120.0
"""A process that ended so often within this time is a fault of its own; it ends as long after the last one."""


class CrashLoop:
    """Counts how often processes ended of late. `clock` returns monotonic seconds."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._ends_s: defaultdict[str, list[float]] = defaultdict(list)

    def observe_end(self, process: str) -> None:
        """Count that a process ended by itself."""
        self._ends_s[process].append(self._clock())

    def reason(self, *processes: str) -> str:
        """Say which of these processes end again and again, "" if none does."""
        return "; ".join(f"the process {name} ends again and again" for name in processes if self._loops(name))

    def _loops(self, process: str) -> bool:
        recent = [end_s for end_s in self._ends_s[process] if self._clock() - end_s < WITHIN_S]
        self._ends_s[process] = recent
        return len(recent) >= FEWEST_ENDS
