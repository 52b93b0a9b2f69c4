"""Heartbeats and movements of the eyes that were recognised on one bed, and an alarm while they are very many.

What is recognised is no event. Where it is so much that a discharge among it would be hard to find, or where periodic
discharges may have been taken for a heart, somebody must look at the EEG.
"""

from collections import Counter, deque
from collections.abc import Callable, Mapping
from typing import Final

from stream.terms import ARTEFACTS

WINDOW_S: Final = 600.0
MANY: Final = 50
"""So many within the window, 5 a minute, begin the alarm. A person with open eyes has 1 or 2 a minute."""
FEW: Final = 25
"""Less than these end it: half, so that a rate at the limit is no new alarm every minute."""


class ArtefactCounts:
    """Counts by kind. `clock` returns monotonic seconds."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self.total = Counter[str]()
        """Since the start."""
        self._clock = clock
        self._recent: deque[tuple[float, Counter[str]]] = deque()
        self._told = ""

    def note(self, found: Mapping[str, int]) -> None:
        """Add what one report counts."""
        if any(found.values()):
            self.total.update(found)
            self._recent.append((self._clock(), Counter(found)))

    def alarm(self) -> str:
        """Return the reason of the alarm, "" while there is none."""
        while self._recent and self._recent[0][0] < self._clock() - WINDOW_S:
            self._recent.popleft()
        found = sum((counts for _, counts in self._recent), Counter[str]())
        if found.total() < FEW:
            self._told = ""
        elif found.total() >= MANY and not self._told:
            # The words of its beginning stay: what changes with every report would be news with every report.
            kinds = " and ".join(ARTEFACTS.get(kind, kind) for kind, _ in found.most_common())
            within = f"{MANY} or more within {WINDOW_S / 60:g} min"
            self._told = f"{kinds} that look like discharges, {within}; they are no events"
        return self._told
