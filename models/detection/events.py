"""From window scores to events: which windows agree on one discharge, and where it peaks.

Overlapping windows see the same discharge several times, in several groups. A sighting is one window that reaches the
threshold, its peak refined on the waveform; sightings whose peaks agree are one candidate; a candidate that enough
windows of one group have seen becomes an event once its surroundings are in. Live stages and evaluation share this
code, so a figure measured offline is the figure of the live system. All indices are samples at the model's rate.
"""

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from models.detection.threshold import reaches

REFINE_S = 0.08
"""The network's own time is refined to the largest deflection within this distance."""
INVOLVED = 0.5
"""A derivation takes part when it reaches this share of the largest deflection."""
EXTENT = 0.3
"""An IED lasts as long as its peak row stays above this share of the peak, without a break."""
AFTER_WAVE = 0.2
"""What the newest part of a window alone shows counts from this share of the window's largest deflection on: below, it
may be what that left behind. It cost none of 646 simulated discharges; chosen when a wave after a spike in a person's
depth recording, a fourteenth of its size, had been called."""


@dataclass(frozen=True, slots=True)
class EventRules:
    """When sightings become an event, as early as the evidence allows.

    `agreement_s`: two windows of one group must have seen it whose ends lie so far apart, whatever the hop;
    `settle_s`: how far behind its peak the newest window must end, for another group may show it better.
    """

    threshold: float
    # In seconds and not in windows, so that another hop needs the same evidence.
    agreement_s: float = 0.0625
    join_s: float = 0.15
    settle_s: float = 0.125
    refractory_s: float = 0.3


@dataclass(frozen=True, slots=True)
class Sighting:
    """One window that reaches the threshold.

    `row` is the derivation with the largest deflection, `amplitude` that deflection (signed, in the window's unit),
    `rows` are all derivations that reach INVOLVED of it at the same sample.
    """

    group: str
    end: int
    probability: float
    peak: int
    row: int
    rows: tuple[int, ...]
    amplitude: float
    onset: int
    offset: int


@dataclass(frozen=True, slots=True)
class Event:
    """One discharge. `best` is its most probable sighting, `decided` the end of the window that settled it."""

    best: Sighting
    groups: tuple[str, ...]
    decided: int


@dataclass(slots=True)
class _Candidate:
    peak: int
    sightings: list[Sighting] = field(default_factory=list)

    def best(self) -> Sighting:
        return max(self.sightings, key=lambda seen: (seen.probability, seen.end))

    def agreement(self) -> int:
        """Return the samples between the first and the last end of windows in the group that saw it longest."""
        ends = {group: [seen.end for seen in self.sightings if seen.group == group] for group in self.groups()}
        return max(max(of) - min(of) for of in ends.values())

    def groups(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(seen.group for seen in self.sightings))


def sightings(
    group: str,
    first: int,
    samples: NDArray[np.float32],
    spans: Iterable[tuple[float, int]],
    rate_hz: float,
    threshold: float,
) -> Iterator[Sighting]:
    """Yield what the network saw in a window, in all of it and in its newest part.

    Parameters
    ----------
    samples
        (rows, window_samples) float32, the window that was scored; `first` is the index of its first sample
    spans
        probability and peak (index, model rate): of the whole window, then of its newest part (`models.networks.sc`)
    threshold
        lowest probability that counts (`reaches`)
    """
    above = [
        (number, probability, peak)
        for number, (probability, peak) in enumerate(spans)
        if reaches(probability, threshold)
    ]
    # Most windows show nothing: the waveform is looked at only where the network saw something.
    if not above:
        return
    centred = _centred(samples)
    least = AFTER_WAVE * np.abs(centred).max()
    for number, probability, peak in above:
        seen = _sight(group, first, centred, probability, peak, rate_hz)
        if number == 0 or abs(seen.amplitude) >= least:
            yield seen


def _centred(samples: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return each row less its median."""
    # Sorting so short a row takes a quarter of the time of np.median.
    ordered, length = np.sort(samples, axis=1), samples.shape[1]
    twice = ordered[:, (length - 1) // 2] + ordered[:, length // 2]
    centred: NDArray[np.float32] = samples - np.float32(0.5) * twice[:, None]
    return centred


def _sight(
    group: str, first: int, centred: NDArray[np.float32], probability: float, peak: int, rate_hz: float
) -> Sighting:
    """Refine a peak, the index (model rate) where the network's evidence lies, on the waveform around it."""
    reach = round(REFINE_S * rate_hz)
    near = peak - first
    low, high = max(0, near - reach), min(centred.shape[1], near + reach + 1)
    row, offset = divmod(int(np.argmax(np.abs(centred[:, low:high]))), high - low)
    at = low + offset
    onset, last = _extent(np.abs(centred[row]), at)
    involved = np.flatnonzero(np.abs(centred[:, at]) >= INVOLVED * np.abs(centred[row, at]))
    return Sighting(
        group=group,
        end=first + centred.shape[1],
        probability=probability,
        peak=first + at,
        row=row,
        rows=tuple(involved.tolist()),
        amplitude=float(centred[row, at]),
        onset=first + onset,
        offset=first + last,
    )


def _extent(magnitude: NDArray[np.float32], at: int) -> tuple[int, int]:
    """Return the first and last index around `at` with no sample below EXTENT of the value there."""
    low = np.flatnonzero(magnitude < EXTENT * magnitude[at])
    before, after = low[low < at], low[low > at]
    return int(before[-1]) + 1 if before.size else 0, int(after[0]) - 1 if after.size else len(magnitude) - 1


class EventFormer:
    """Joins sightings into events, in the order of window ends. A small state: open candidates, recent events."""

    def __init__(self, rules: EventRules, rate_hz: float, window_samples: int) -> None:
        self.rules = rules
        self._window_samples = window_samples
        self._agreement = round(rules.agreement_s * rate_hz)
        self._join = round(rules.join_s * rate_hz)
        self._settle = round(rules.settle_s * rate_hz)
        self._refractory = round(rules.refractory_s * rate_hz)
        self._open: list[_Candidate] = []
        # Peaks of events are at least the refractory time apart, so 16 reach back further than any window.
        self._recent: deque[int] = deque(maxlen=16)

    def push(self, end: int, sightings: Iterable[Sighting]) -> list[Event]:
        """Add all sightings of the windows that end at `end`; return the events that settle, in order of peak."""
        for seen in sightings:
            self._join_or_open(seen)
        settled, still_open = [], []
        for candidate in self._open:
            if end - candidate.best().peak >= self._settle and self._agrees(candidate):
                settled.append(candidate)
            elif end - candidate.peak < self._window_samples:
                # Older ones lie outside every window to come: nothing can agree on them any more.
                still_open.append(candidate)
        self._open = still_open
        events = []
        for candidate in sorted(settled, key=lambda settling: settling.best().peak):
            best = candidate.best()
            # Each event silences what follows it, also what settles at the same time: the first in time stands.
            if self._is_recent(best.peak):
                continue
            self._recent.append(best.peak)
            events.append(Event(best, candidate.groups(), end))
        return events

    def reset(self) -> None:
        """Forget open candidates: the signal has a gap, and nothing is joined across it."""
        self._open.clear()

    def _agrees(self, candidate: _Candidate) -> bool:
        return candidate.agreement() >= self._agreement

    def _join_or_open(self, seen: Sighting) -> None:
        if self._is_recent(seen.peak):
            return
        for candidate in self._open:
            if abs(candidate.peak - seen.peak) <= self._join:
                candidate.sightings.append(seen)
                # What joins next is measured from the best sighting, whose peak is the surest.
                candidate.peak = candidate.best().peak
                return
        self._open.append(_Candidate(seen.peak, [seen]))

    def _is_recent(self, peak: int) -> bool:
        return any(abs(peak - event) < self._refractory for event in self._recent)
