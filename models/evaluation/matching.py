"""Which event found which discharge: one to one, as an expert would count them.

Every discharge is found by at most one event, and every event finds at most one discharge: as many pairs as there can
be (a maximum matching, as mir_eval scores note onsets: Raffel et al., ISMIR 2014, `match_events`), and of those the
ones whose distances add up to the least. The live demo, the benches and the model cards all count with this.
"""

from collections.abc import Iterator
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import linear_sum_assignment

MATCH_S: Final = 0.15
"""An event this close to a discharge's peak may have found it."""
FORGIVEN_S: Final = 0.4
"""An event this close to any discharge, faint ones and their slow waves included, is no false alarm."""
MARKED_RATIO: Final = 3.0
"""Simulated discharges that stand out this far from the background would be marked; fainter ones count for nothing."""

Seconds = NDArray[np.float64]
Indices = NDArray[np.int64]


def match(discharges_s: ArrayLike, events_s: ArrayLike) -> tuple[Indices, Indices]:
    """Pair discharges with the events that found them.

    Parameters
    ----------
    discharges_s, events_s
        (m,) and (n,) times of peaks in s, in any order

    Returns
    -------
    tuple
        (k,) indices of the discharges that were found, in the order of time, and (k,) of the event that found each
    """
    discharges, events = np.asarray(discharges_s, np.float64), np.asarray(events_s, np.float64)
    pairs = [pair for group in _groups(discharges, events) for pair in _pairs(discharges, events, *group)]
    found = np.array(pairs, np.int64).reshape(-1, 2)
    return found[:, 0], found[:, 1]


def is_false_alarm(discharges_s: ArrayLike, events_s: ArrayLike) -> NDArray[np.bool_]:
    """Return (n,) which events are further than FORGIVEN_S from every discharge, marked or not."""
    far: NDArray[np.bool_] = distance_s(events_s, discharges_s) > FORGIVEN_S
    return far


def distance_s(times_s: ArrayLike, to_s: ArrayLike) -> Seconds:
    """Return each time's distance (n,) to the nearest of `to_s`, infinite where there is none."""
    times = np.asarray(times_s, np.float64)
    padded = np.concatenate([[-np.inf], np.sort(np.asarray(to_s, np.float64)), [np.inf]])
    after = np.searchsorted(padded, times)
    nearest: Seconds = np.minimum(padded[after] - times, times - padded[after - 1])
    return nearest


def _groups(discharges: Seconds, events: Seconds) -> Iterator[tuple[Indices, Indices]]:
    """Yield the discharges and the events between two pauses too long to be matched across."""
    times = np.concatenate([discharges, events])
    order = np.argsort(times, kind="stable")
    # A night's discharges would make one table of hundreds of millions of distances: a group's has a few.
    for group in np.split(order, np.flatnonzero(np.diff(times[order]) > MATCH_S) + 1):
        is_event = group >= len(discharges)
        yield group[~is_event], group[is_event] - len(discharges)


def _pairs(discharges: Seconds, events: Seconds, rows: Indices, columns: Indices) -> list[tuple[int, int]]:
    """Return the pairs of one group, in the order of its discharges."""
    apart = np.abs(events[columns] - discharges[rows][:, None])
    # A pair that is too far apart costs more than all others together: it is made only where no allowed pair is left.
    too_far = MATCH_S * (len(rows) + len(columns))
    chosen = zip(*linear_sum_assignment(np.where(apart <= MATCH_S, apart, too_far)), strict=True)
    return [(int(rows[row]), int(columns[column])) for row, column in chosen if apart[row, column] <= MATCH_S]
