"""From window scores to events: which windows agree on one discharge, and when the evidence is enough for an event.

Overlapping windows see the same discharge several times, in several groups. Sightings whose peaks agree are one
candidate. A candidate becomes an event once its surroundings are in: at once on strong evidence or when two groups see
it, else when a later window of the same group has seen it too. Where a verifier judges candidates, it is asked at every
hop, and an event is what it gives a probability that reaches the threshold. Live stages and evaluation share this code,
so a figure measured offline is the figure of the live system. All indices are samples at the model's rate.
"""

import math
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace

from models.detection.sightings import Sighting
from models.detection.threshold import reaches
from models.networks.candidate_window import EARLIEST, LATEST

STRONG_ODDS = 0.5
"""Log odds above the threshold from which one window is enough. At 0, where no window waits, false events grow by a
third to twice as many, on simulated patients and on real background; at 0.5 by none that can be told from chance, 34
and 34 on an hour of real background (`python -m bench.event_path`)."""


@dataclass(frozen=True, slots=True)
class EventRules:
    """When sightings become an event, as early as the evidence allows.

    `strong_odds`: one window is enough whose log odds are so far above the threshold's; `agreement_s`: else, in one
    group, two windows must have seen it whose ends lie so far apart, whatever the hop; `settle_s`: how far behind its
    peak the newest window must end, for another group may show it better, and a peak at the very end still grows;
    `candidate_threshold`: where candidates are verified, the detector's probability from which something is one.
    """

    threshold: float
    candidate_threshold: float | None = None
    # In log odds and not as a probability, so that it follows any threshold and any network's weights.
    strong_odds: float = STRONG_ODDS
    # In seconds and not in windows, so that another hop needs the same evidence.
    agreement_s: float = 0.0625
    join_s: float = 0.15
    settle_s: float = 0.0625
    refractory_s: float = 0.3

    @property
    def lowest(self) -> float:
        """The detector's probability from which a window counts."""
        return self.threshold if self.candidate_threshold is None else self.candidate_threshold

    @property
    def strong(self) -> float:
        """The probability from which one window is enough."""
        return 1 / (1 + (1 - self.threshold) / self.threshold * math.exp(-self.strong_odds))


Verify = Callable[[Sighting, int], float]
"""Returns the probability of a discharge, of a candidate's best sighting and the end of the newest window."""


@dataclass(frozen=True, slots=True)
class Event:
    """One discharge. `best` is its most probable sighting, `decided` the end of the window that settled it.

    `sightings` are all that led to it, in the order of window ends.
    """

    best: Sighting
    sightings: tuple[Sighting, ...]
    decided: int


@dataclass(slots=True)
class Candidate:
    """Sightings whose peaks agree; `peak` is that of the best, from which others are measured."""

    peak: int
    sightings: list[Sighting] = field(default_factory=list)

    def best(self) -> Sighting:
        """Return the most probable sighting; of equals the newest, whose peak is the surest."""
        return max(self.sightings, key=lambda seen: (seen.probability, seen.end))

    def agreement(self) -> int:
        """Return the samples between the first and the last end of windows in the group that saw it longest."""
        ends = {group: [seen.end for seen in self.sightings if seen.group == group] for group in self.groups()}
        return max(max(of) - min(of) for of in ends.values())

    def groups(self) -> tuple[str, ...]:
        """Return the groups that saw it, in the order in which they did."""
        return _groups(self.sightings)


def join(candidates: list[Candidate], seen: Sighting, within: int) -> None:
    """Add a sighting to the candidate whose peak is at most `within` samples away, or make a new one of it."""
    for candidate in candidates:
        if abs(candidate.peak - seen.peak) <= within:
            candidate.sightings.append(seen)
            # What joins next is measured from the best sighting, whose peak is the surest.
            candidate.peak = candidate.best().peak
            return
    candidates.append(Candidate(seen.peak, [seen]))


def _groups(sightings: Iterable[Sighting]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(seen.group for seen in sightings))


class EventFormer:
    """Joins sightings into events, in the order of window ends. A small state: open candidates, recent events.

    With `verify`, its probability decides, and is the event's.
    """

    def __init__(self, rules: EventRules, rate_hz: float, window_samples: int, verify: Verify | None = None) -> None:
        self.rules = rules
        self._verify = verify
        self._window_samples = window_samples
        self._agreement = round(rules.agreement_s * rate_hz)
        self._join = round(rules.join_s * rate_hz)
        self._settle = round(rules.settle_s * rate_hz)
        self._refractory = round(rules.refractory_s * rate_hz)
        self._open: list[Candidate] = []
        # Peaks of events are at least the refractory time apart, so 16 reach back further than any window.
        self._recent: deque[int] = deque(maxlen=16)

    def push(self, end: int, sightings: Iterable[Sighting]) -> list[Event]:
        """Add all sightings of the windows that end at `end`; return the events that settle, in order of peak."""
        for seen in sightings:
            if not self._is_recent(seen.peak):
                join(self._open, seen, self._join)
        settled, still_open = list[tuple[Sighting, Candidate]](), []
        for candidate in self._open:
            best = self._settled(candidate, end)
            if best:
                settled.append((best, candidate))
            elif end - candidate.peak < self._window_samples:
                # Older ones lie outside every window to come: nothing can agree on them any more.
                still_open.append(candidate)
        self._open = still_open
        events = []
        for best, candidate in sorted(settled, key=lambda one: one[0].peak):
            # Each event blocks those in its refractory time, also when they settle together: the first in time stands.
            if self._is_recent(best.peak):
                continue
            self._recent.append(best.peak)
            events.append(Event(best, tuple(candidate.sightings), end))
        return events

    @property
    def recent(self) -> deque[int]:
        """Peaks of the newest events, which silence what is near them."""
        return self._recent

    def reset(self) -> None:
        """Forget open candidates: the signal has a gap, and nothing is joined across it."""
        self._open.clear()

    def _settled(self, candidate: Candidate, end: int) -> Sighting | None:
        """Return the best sighting of a candidate that is an event by now."""
        best = candidate.best()
        if self._verify is None:
            is_in = end - best.peak >= self._settle
            return best if is_in and self.is_evident(candidate) else None
        # Later, the verifier would be shown the same again: all that it looks at has come.
        if not EARLIEST <= end - best.peak <= LATEST:
            return None
        verified = replace(best, probability=self._verify(best, end))
        return verified if reaches(verified.probability, self.rules.threshold) else None

    def is_evident(self, candidate: Candidate) -> bool:
        """Return whether a candidate need not wait for more windows."""
        strong = reaches(candidate.best().probability, self.rules.strong)
        # Groups share electrodes at their ends, but what disturbs one derivation rarely looks like a discharge in two.
        return strong or len(candidate.groups()) > 1 or candidate.agreement() >= self._agreement

    def _is_recent(self, peak: int) -> bool:
        return any(abs(peak - event) < self._refractory for event in self._recent)
