"""Which looks at a recording belong to which journalled event, although recorder and host have different clocks."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import numpy as np
from numpy.typing import NDArray

from models.training.looks import Judged, Looks
from stream.errors import InputError
from stream.review.verdicts import Payload, Verdicts

NEAR_S: Final = 0.15
"""A look so near to an event's peak belongs to it: within the same distance sightings are one candidate."""
ASIDE_S: Final = 1.0
"""Nothing so near to an event is background: what follows a discharge is part of it."""
FURTHEST_S: Final = 60.0
"""A recorder's clock may be so far from this host's. EDF alone states its start to the second."""
STEP_S: Final = 0.02
FOUND: Final = 0.8
"""Of the events within the recording, so many must have a look at their place: one detector saw one signal."""
BACKGROUND: Final = 300
"""Looks of each recording that are negatives, drawn at random. 1,000 were no better (ten simulated patients)."""
UNLIKELY: Final = 0.0
"""Log odds from which a look is no background: it may be a discharge that the bed's threshold kept from being told."""

Seconds = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Matched:
    """A recording's judged looks, and how far its clock was ahead of the host's in s."""

    judged: Judged
    ahead_s: float


def began_utc_s(start: str, path: object) -> float:
    """Return when a recording began, Unix seconds; a start without a zone is this host's local time.

    Raises
    ------
    InputError
        if the file states none
    """
    if not start:
        raise InputError(f"{path}: does not say when it began, so no event is found in it; export it with its start")
    return datetime.fromisoformat(start).timestamp()


def matched(
    events: Sequence[Payload], verdicts: Verdicts, looks: Looks, odds: Seconds, span_s: tuple[float, float], name: str
) -> Matched:
    """Find the bed's events in a recording.

    Parameters
    ----------
    odds
        (n,) each look's log odds, detector and verifier together
    span_s
        when the recording began and ended, Unix seconds
    name
        of the file, for what is refused

    Raises
    ------
    InputError
        if the recording holds no reviewed event, or is not the one in which the events were found
    """
    began_s, ended_s = span_s
    peaks_s = np.array([datetime.fromisoformat(event["utc"]).timestamp() for event in events]) - began_s
    inside = (peaks_s >= -FURTHEST_S) & (peaks_s <= ended_s - began_s + FURTHEST_S)
    said = np.array([verdicts.standing(event["id"]) for event in events], dtype=object)
    if not (inside & ((said == "accepted") | (said == "rejected"))).any():
        raise InputError(f"{name}: {_apart(peaks_s, ended_s - began_s)}")
    ahead_s, share = _ahead(peaks_s[inside], looks.times_s)
    if share < FOUND:
        raise InputError(
            f"{name}: {share:.0%} of the bed's {int(inside.sum())} events of that time are found in it; it is "
            "another recording, or its clock is further off than a minute"
        )
    return Matched(_judged(peaks_s + ahead_s, said, looks, odds), ahead_s)


def _apart(peaks_s: Seconds, length_s: float) -> str:
    if not len(peaks_s):
        return "the bed has no events in the journal since --since"
    if peaks_s.max() < 0 or peaks_s.min() > length_s:
        hours = min(abs(peaks_s.max()), abs(peaks_s.min() - length_s)) / 3600
        return f"the nearest of the bed's events is {hours:.1f} h away; give the recording of that time"
    return "no event of its time was reviewed; review some (`spikewatch review list`)"


def _ahead(peaks_s: Seconds, looks_s: Seconds) -> tuple[float, float]:
    """Return by how much events (n,) must be moved to lie on looks (m,), and which share of them then do."""
    ordered = np.unique(looks_s)
    apart = np.concatenate([ordered[_near(ordered, peak_s, FURTHEST_S)] - peak_s for peak_s in peaks_s])
    if not len(apart):
        return 0.0, 0.0
    edges = np.arange(-FURTHEST_S, FURTHEST_S + STEP_S, STEP_S)
    counts = np.histogram(apart, edges)[0].astype(np.float64)
    # With its neighbours, as the true shift may lie on an edge; of equals the nearest to none.
    smooth = np.convolve(counts, np.ones(3), "same")
    middles = (edges[:-1] + edges[1:]) / 2
    best = middles[np.lexsort((np.abs(middles), -smooth))[0]]
    ahead_s = float(np.median(apart[np.abs(apart - best) <= 2 * STEP_S]))
    found = [_near(ordered, peak_s + ahead_s, NEAR_S) for peak_s in peaks_s]
    return ahead_s, sum(one.stop > one.start for one in found) / len(peaks_s)


def _near(ordered: Seconds, at_s: float, within_s: float) -> slice:
    return slice(*np.searchsorted(ordered, (at_s - within_s, at_s + within_s)).tolist())


def _judged(peaks_s: Seconds, said: NDArray[np.object_], looks: Looks, odds: Seconds) -> Judged:
    """Return the looks at reviewed events and a draw of those at background."""
    reviewed = np.flatnonzero((said == "accepted") | (said == "rejected"))
    event = np.full(len(odds), -1)
    used = np.zeros(len(odds), bool)
    numbered: list[bool] = []
    for at in reviewed.tolist():
        own = np.abs(looks.times_s - peaks_s[at]) <= NEAR_S
        # A neighbour may have taken the same event: two events are further apart than an event may be from its look.
        if own.any():
            event[own] = len(numbered)
            used |= own
            numbered.append(said[at] == "accepted")
    free = np.flatnonzero((nearest_s(looks.times_s, peaks_s) > ASIDE_S) & (odds < UNLIKELY))
    drawn = np.random.default_rng(len(free)).permutation(free)[:BACKGROUND]
    chosen = np.sort(np.concatenate([np.flatnonzero(used), drawn]))
    return Judged(looks.of(chosen), event[chosen], np.array(numbered, bool))


def nearest_s(times_s: Seconds, peaks_s: Seconds) -> Seconds:
    """Return how far each time (n,) is from the peak (m,) that is nearest to it, in s; inf where there is no peak."""
    # Not every time against every peak: a journal of months has so many that the table would take gigabytes.
    ordered = np.concatenate([[-np.inf], np.sort(peaks_s), [np.inf]])
    behind = np.searchsorted(ordered, times_s, side="right")
    nearest: Seconds = np.minimum(times_s - ordered[behind - 1], ordered[behind] - times_s)
    return nearest
