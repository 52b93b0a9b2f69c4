"""What a window is, given where marks lie: with a discharge, without one, or of no use. Whole numbers only."""

from collections.abc import Sequence
from enum import IntEnum, auto

import numpy as np
from numpy.typing import NDArray

from models.datasets.windowset import Indices


class WindowLabel(IntEnum):
    """What a window is: of use with or without a discharge, or why it is left out."""

    # Counted from 0, since `np.bincount` counts labels; the two of use come first.
    POSITIVE = 0
    """Holds a discharge."""
    NEGATIVE = auto()
    """Holds none."""
    NEAR = auto()
    """Holds a part of one."""
    OTHER = auto()
    """Touches a mark of no use."""
    UNMARKED = auto()
    """Was not read by an expert."""
    INVALID = auto()
    """Has samples that cannot be trusted."""
    PAST = auto()
    """Is good, but its past is missing or cannot be trusted."""


Interval = tuple[int, int]
"""A first sample and the one after the last."""


def starts_holding(mark: Interval, window_samples: int, before: int, after: int) -> Interval:
    """Return the first and the last start of windows that hold a mark so that they are positive.

    A mark longer than a window holds the window; any other is held whole, and its middle `before` samples after the
    window's beginning and `after` before its end, at the least. The first may be after the last: there are none.
    """
    begin, end = mark
    if end - begin > window_samples:
        return begin, end - window_samples
    # Both limits have two reasons, of which the stricter holds: all of the mark inside, and its middle well inside.
    middle = (begin + end) // 2
    return max(end, middle + after + 1) - window_samples, min(begin, middle - before)


def label_windows(
    starts: Indices,
    window_samples: int,
    valid: NDArray[np.bool_],
    *,
    holding: Sequence[Interval],
    near: Sequence[Interval],
    other: Sequence[Interval] = (),
    cleared: Sequence[Interval] | None = None,
    context_samples: int = 0,
) -> NDArray[np.int64]:
    """Return what each window of a group is.

    Parameters
    ----------
    starts
        (m,) where windows begin; all of each within `valid`
    valid
        (n,)
    holding
        first and last start of positive windows
    near
        where no negative window may be
    other
        where no negative window may be, for another reason
    cleared
        what a negative window must be covered by; anything where None
    context_samples
        before each window, which must be there and valid too

    Returns
    -------
    NDArray[np.int64]
        (m,) of `WindowLabel`
    """
    count = len(valid)
    labels = np.full(len(starts), WindowLabel.NEGATIVE, np.int64)
    # Each line may overrule those before it: a discharge counts whatever else was marked there, and a sample that
    # cannot be trusted spoils the window whatever it holds.
    if cleared is not None:
        labels[_within(starts, window_samples, painted(cleared, count)) < window_samples] = WindowLabel.UNMARKED
        labels[_within(starts, window_samples, painted(other, count)) > 0] = WindowLabel.OTHER
    labels[_within(starts, window_samples, painted(near, count)) > 0] = WindowLabel.NEAR
    for first_and_last in holding:
        labels[between(starts, first_and_last)] = WindowLabel.POSITIVE
    labels[_within(starts, window_samples, ~valid) > 0] = WindowLabel.INVALID
    of_use = labels <= WindowLabel.NEGATIVE
    labels[of_use & ~has_past(starts, context_samples, valid)] = WindowLabel.PAST
    return labels


def has_past(starts: Indices, context_samples: int, valid: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return which windows (m,) have all samples of their past inside `valid` (n,), and valid."""
    there: NDArray[np.bool_] = starts >= context_samples
    there[there] = _within(starts[there] - context_samples, context_samples, ~valid) == 0
    return there


def between(starts: Indices, first_and_last: Interval) -> slice:
    """Return where ascending starts lie from a first one to a last one, both included."""
    first, last = first_and_last
    return slice(*np.searchsorted(starts, [first, last + 1]).tolist())


def painted(intervals: Sequence[Interval], count: int) -> NDArray[np.bool_]:
    """Return (count,): True inside an interval. An empty one paints the sample where it lies."""
    found = np.zeros(count, bool)
    for begin, end in intervals:
        found[max(0, begin) : max(0, end, begin + 1)] = True
    return found


def _within(starts: Indices, window_samples: int, mask: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Count the True samples of each window."""
    # From running sums: windows overlap, and counting each anew would read every sample many times.
    sums: NDArray[np.int64] = np.concatenate([[0], np.cumsum(mask)])
    counts: NDArray[np.int64] = sums[starts + window_samples] - sums[starts]
    return counts
