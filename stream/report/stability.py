"""Whether a record is long enough: does its second half rank the foci as the first one does."""

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.stats import rankdata

from stream.findings import Findings

FEWEST_FOCI = 3
"""Two foci are in the same order by chance every second time: a correlation of their ranks says nothing."""


@dataclass(frozen=True, slots=True)
class Stability:
    """Events of each focus in both halves of the analysed time.

    Attributes
    ----------
    by
        what a focus is here: "cluster", or "lead channel" where clusters of several recordings cannot be compared
    half_h
        analysed hours in each half
    counts
        events in the first and in the second half, most events first
    spearman
        rank correlation of the halves, NaN of fewer than FEWEST_FOCI foci or where all have as many events
    first_since_s
        since when, in seconds of the findings, the focus of most events has been so; None where two share that place
    """

    by: str
    half_h: float
    counts: Mapping[str, tuple[int, int]]
    spearman: float
    first_since_s: float | None

    @property
    def same_first(self) -> bool:
        """Whether one and the same focus has most events in both halves."""
        firsts = [_first([pair[half] for pair in self.counts.values()]) for half in (0, 1)]
        return firsts[0] is not None and firsts[0] == firsts[1]


def stability(found: Findings) -> Stability:
    """Split the analysed time in two halves, and compare them."""
    recordings = {event.get("cluster", "").partition("-")[0] for event in found.events}
    by, key = ("cluster", "cluster") if len(recordings) == 1 else ("lead channel", "lead_channel")
    middle_s, analysed_s = _middle(found)
    timed = [(event["time_s"], event.get(key, "") or "none") for event in found.events]
    halves = [Counter(name for at, name in timed if (at >= middle_s) == second) for second in (False, True)]
    order = [name for name, _ in (halves[0] + halves[1]).most_common()]
    counts = {name: (halves[0][name], halves[1][name]) for name in order}
    return Stability(by, analysed_s / 7200, counts, _spearman(list(counts.values())), _first_since(timed))


def _middle(found: Findings) -> tuple[float, float]:
    """Return when half of the analysed time was over, and how much there is of it (s)."""
    lost = sorted((one.onset_s, one.onset_s + one.duration_s) for one in found.stretches)
    left_s = analysed_s = found.seconds - sum(end - begin for begin, end in lost)
    left_s, at_s = left_s / 2, 0.0
    for begin, end in lost:
        if begin - at_s >= left_s:
            break
        left_s -= max(0.0, begin - at_s)
        at_s = max(at_s, end)
    return at_s + left_s, analysed_s


def _spearman(counts: Sequence[tuple[int, int]]) -> float:
    """Return Spearman's rank correlation, ties at their middle rank."""
    first, second = (rankdata([pair[half] for pair in counts]) for half in (0, 1))
    if len(counts) < FEWEST_FOCI or not np.ptp(first) or not np.ptp(second):
        return math.nan
    return float(np.corrcoef(first, second)[0, 1])


def _first(counts: Sequence[int]) -> int | None:
    """Return the place of the largest, None where two are."""
    most = max(counts, default=0)
    return counts.index(most) if most and counts.count(most) == 1 else None


def _first_since(timed: Iterable[tuple[float, str]]) -> float | None:
    """Return when the focus that has most events at the end took the lead for the last time."""
    counts: Counter[str] = Counter()
    first: str | None = None
    since_s: float | None = None
    for at, name in sorted(timed):
        counts[name] += 1
        most = counts.most_common(2)
        leader = None if len(most) > 1 and most[0][1] == most[1][1] else most[0][0]
        if leader != first:
            first, since_s = leader, at
    return since_s if first is not None else None
