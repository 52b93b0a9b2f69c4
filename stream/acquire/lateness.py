"""How late a second's samples came by their stamps and by their arrivals, and when late seconds agree on one lateness.

Seconds, as all times here; less than 0 is early.
"""

from dataclasses import dataclass
from statistics import median
from typing import Final

AGREEING_SECONDS: Final = 4
"""A stall or a backlog changes its lateness within these seconds; after a loss it stays the same."""
COMPARING_SECONDS: Final = 8
"""A clock that was set shows in the stamps alone until the clocks are compared: every 5 s, with 2 s for an answer."""
UNDECIDED_SECONDS: Final = 60
"""After so many late seconds that never agree, the old lines describe nothing and are learned anew."""
AGREEMENT_S: Final = 0.025
"""How far four seconds' latenesses may lie apart: a backlog that is worked off at 1.01 times real time is further."""


@dataclass(frozen=True, slots=True)
class Lateness:
    """By how much samples came later than the two lines say."""

    stamp_s: float
    arrival_s: float

    def is_within(self, threshold_s: float) -> bool:
        """Report whether samples were on time, by both lines."""
        return max(abs(self.stamp_s), abs(self.arrival_s)) <= threshold_s

    def is_stamps_alone(self, threshold_s: float) -> bool:
        """Report whether the stamps were off, and the arrivals on time."""
        return abs(self.stamp_s) > threshold_s >= abs(self.arrival_s)


class LateSeconds:
    """The late seconds since the last one that was on time."""

    def __init__(self) -> None:
        self._seconds: list[Lateness] = []

    @property
    def never_agree(self) -> bool:
        """Whether there are so many that what they were late by will not be known."""
        return len(self._seconds) >= UNDECIDED_SECONDS

    def add(self, late: Lateness) -> None:
        """Add one more."""
        self._seconds.append(late)

    def clear(self) -> None:
        """Forget them: samples are on time, or will be from here on."""
        self._seconds.clear()

    def agreed(self, threshold_s: float) -> Lateness | None:
        """Return by how much they were late once the last of them agree, None until then.

        Stamps that are off alone have to be so for longer.
        """
        late = self._agreed(AGREEING_SECONDS)
        return self._agreed(COMPARING_SECONDS) if late and late.is_stamps_alone(threshold_s) else late

    def _agreed(self, seconds: int) -> Lateness | None:
        last = self._seconds[-seconds:]
        stamps_s, arrivals_s = [late.stamp_s for late in last], [late.arrival_s for late in last]
        if len(last) < seconds or max(max(side) - min(side) for side in (stamps_s, arrivals_s)) > AGREEMENT_S:
            return None
        return Lateness(median(stamps_s), median(arrivals_s))
