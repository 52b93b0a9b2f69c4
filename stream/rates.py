"""Events an analysed hour over time; and stretches joined that lie too near to be drawn apart."""

import math
from collections.abc import Iterable, Sequence
from typing import Final

import numpy as np

BINS_S: Final = (60, 300, 900, 3600, 21600, 86400)
MOST_BINS: Final = 60
LEAST_S: Final = 0.5
"""Bins with less analysed time have no rate."""

Span = tuple[float, float]
Bar = tuple[float, float, float]
"""Begin (s), end (s), events an analysed hour; NaN where nothing was analysed."""


def rates(peaks_s: Sequence[float], lost: Iterable[Span], seconds: float) -> list[Bar]:
    """Return events an analysed hour, in steps that fit the length of the time line.

    Parameters
    ----------
    peaks_s
        when events were, s
    lost
        (begin, end) of what was not analysed, s; none over another
    seconds
        how long the time line is
    """
    step_s = next((step for step in BINS_S if seconds / step <= MOST_BINS), BINS_S[-1])
    edges_s = np.append(np.arange(0.0, seconds, step_s), seconds)
    counts, _ = np.histogram(peaks_s, edges_s)
    lost_s = np.zeros(len(counts))
    for one in lost:
        begins, ends = np.clip(one, 0, seconds)
        lost_s += np.clip(np.minimum(edges_s[1:], ends) - np.maximum(edges_s[:-1], begins), 0, None)
    analysed_s = np.diff(edges_s) - lost_s
    return [
        (float(begin), float(end), 3600 * int(count) / float(s) if s > LEAST_S else math.nan)
        for begin, end, count, s in zip(edges_s[:-1], edges_s[1:], counts, analysed_s, strict=True)
    ]


def merged(spans: Iterable[Span], near: float) -> list[Span]:
    """Return spans in order, those joined that are no further apart than `near`."""
    out: list[Span] = []
    for begin, end in sorted(spans):
        if out and begin <= out[-1][1] + near:
            out[-1] = (out[-1][0], max(out[-1][1], end))
        else:
            out.append((begin, end))
    return out
