"""Candidates above a low floor that did not become events, each with the highest threshold at which it would.

Nothing here decides: events come from `models.detection.events`, which does not know of it. What is kept lets somebody
ask afterwards what another threshold would have shown.
"""

import math
from collections import deque
from dataclasses import dataclass, field, replace
from typing import Final

from models.detection.events import Candidate, Event, EventRules, join
from models.detection.sightings import Sighting
from models.detection.threshold import reaches

REMEMBERED: Final = 16
"""Peaks: as many as the event former remembers."""


@dataclass(slots=True)
class Withheld:
    """One bed's sightings that may still become an event, joined as candidates are.

    Parameters
    ----------
    floor
        probability from which something is kept; 0 keeps nothing
    is_verified
        the probabilities that are noted are a verifier's, and one look is enough
    """

    floor: float
    rules: EventRules
    rate_hz: float
    window_samples: int
    is_verified: bool = False
    _open: list[Candidate] = field(default_factory=list)
    _told: deque[int] = field(default_factory=lambda: deque(maxlen=REMEMBERED))

    def note(self, seen: Sighting) -> None:
        """Take in what a window showed; joined with what has its peak at the same place."""
        if self.floor and reaches(seen.probability, self.floor):
            join(self._open, seen, round(self.rules.join_s * self.rate_hz))

    def settle(self, end: int, called: "deque[int]") -> list[Event]:
        """Return what no window to come can call any more, and is no part of an event at the peaks `called`.

        The probability of each is the highest threshold at which it would have been an event.
        """
        due = [one for one in self._open if end - one.peak >= self.window_samples]
        if not due:
            return []
        self._open = [one for one in self._open if end - one.peak < self.window_samples]
        settled = []
        for candidate in sorted(due, key=lambda one: one.peak):
            level = self._level(candidate)
            if reaches(level, self.floor) and not self._is_near(candidate.peak, called):
                self._told.append(candidate.peak)
                best = replace(candidate.best(), probability=level)
                settled.append(Event(best, tuple(candidate.sightings), end))
        return settled

    def reset(self) -> None:
        """Forget what is open: the signal has a gap."""
        self._open.clear()

    def _is_near(self, peak: int, called: "deque[int]") -> bool:
        refractory = round(self.rules.refractory_s * self.rate_hz)
        return any(abs(peak - one) < refractory for one in (*called, *self._told))

    def _level(self, candidate: Candidate) -> float:
        level = candidate.best().probability if self.is_verified else self._evident_at(candidate)
        # Where an event's refractory time or a gap kept it from being called, it stands just below the threshold.
        return min(level, math.nextafter(self.rules.threshold, 0))

    def _evident_at(self, candidate: Candidate) -> float:
        """Return the highest threshold at which the sightings that reach it are evidence enough."""
        ordered = sorted(candidate.sightings, key=lambda seen: -seen.probability)
        best = ordered[0].probability
        alone = best / (best + (1 - best) * math.exp(self.rules.strong_odds))
        agreement = round(self.rules.agreement_s * self.rate_hz)
        for count in range(2, len(ordered) + 1):
            some = Candidate(candidate.peak, ordered[:count])
            if len(some.groups()) > 1 or some.agreement() >= agreement:
                return max(alone, ordered[count - 1].probability)
        return alone
