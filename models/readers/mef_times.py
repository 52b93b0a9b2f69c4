"""When the blocks of a MEF channel were recorded: their own times decide about the rate and about gaps.

Writers that are told a wrong rate count the blocks of one write by it, and begin each write at its true time.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from models.errors import AGAIN, RecordingError
from models.readers.edf_times import ALIKE, FEWEST, LATE_S, MOST_OFF
from models.readers.stretches import Stretch
from models.readers.timeline import MOST_APART_S, RATE_TOLERANCE

FEWEST_WRITES: Final = 4
"""Of fewer, steps of one size may be chance."""
UNFLAGGED_S: Final = 0.05
"""A block that is no first one behind a break, and comes later than this, is one all the same."""

Numbers = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Laid:
    """A channel's rate, when it began (microseconds), its stretches, and what is odd about its times."""

    rate_hz: float
    began_us: int
    stretches: tuple[Stretch, ...]
    remarks: tuple[str, ...]


def laid(toc: NDArray[np.int64], declared_hz: float) -> Laid:
    """Return where a channel's blocks stand.

    Parameters
    ----------
    toc
        (4, blocks): whether a block is the first behind a break, its number of samples, its first one, and its time
    declared_hz
        the rate that the channel declares

    Raises
    ------
    RecordingError
        if samples are not numbered one behind the other, or each block is timed by quite another rate
    """
    counts = toc[1]
    if toc[2].tolist() != [0, *np.cumsum(counts)[:-1].tolist()]:
        # Asked for such samples, pymef 1.4 ends the whole process.
        raise RecordingError(f"has blocks whose samples are not numbered one behind the other; {AGAIN}")
    # Times that were shifted to hide the date are negative, and count downwards.
    times_s = (np.abs(toc[3]) - abs(int(toc[3][0]))) * 1e-6
    rate_hz, odd = _rate_hz(counts.astype(np.float64), times_s, declared_hz)
    stretches, back = _stretches(toc[0], counts, times_s, rate_hz)
    return Laid(rate_hz, int(toc[3][0]), stretches, (*odd, *back))


def _rate_hz(counts: Numbers, times_s: Numbers, declared_hz: float) -> tuple[float, tuple[str, ...]]:
    """Return the declared rate, or the one of the blocks' times where nearly all contradict it, with a remark."""
    for edges, fewest in ((np.arange(len(counts)), FEWEST), (_writes(counts, times_s, declared_hz), FEWEST_WRITES)):
        shown_hz = _shown_hz(counts, times_s, edges, fewest)
        apart = abs(shown_hz / declared_hz - 1) if shown_hz else 0.0
        held_s, length_s = counts.sum() / len(edges) / declared_hz, counts.sum() / declared_hz
        # Off by more than a block's time may be, each would be a gap.
        if apart <= RATE_TOLERANCE and apart * length_s <= MOST_APART_S and apart * held_s <= LATE_S:
            continue
        contradiction = f"declares {declared_hz:g} Hz, the times of its blocks show {shown_hz:.6g} Hz"
        if apart <= MOST_OFF:
            return shown_hz, (f"{contradiction}; the latter is used",)
        if fewest == FEWEST:
            raise RecordingError(f"{contradiction}: its rate or its times are wrong; export it again")
        # Some devices record for a while of every minute.
        doubt = "if it was not recorded by turns, its rate is wrong"
        return declared_hz, (f"{contradiction}, or gaps of one size; these are believed: {doubt}",)
    return declared_hz, ()


def _writes(counts: Numbers, times_s: Numbers, rate_hz: float) -> NDArray[np.intp]:
    """Return the blocks that do not follow the one before them at this rate."""
    off_s = np.diff(times_s) - counts[:-1] / rate_hz
    return np.flatnonzero(np.abs([np.inf, *off_s]) > LATE_S)


def _shown_hz(counts: Numbers, times_s: Numbers, edges: NDArray[np.intp], fewest: int) -> float:
    """Return the rate by the times from edge to edge, 0 where they do not agree on one."""
    lasted_s, held = np.diff(times_s[edges]), np.add.reduceat(counts, edges)[:-1]
    if len(lasted_s) < fewest:
        return 0.0
    period_s = float(np.median(lasted_s / held))
    steady = np.abs(lasted_s - held * period_s) <= LATE_S
    if period_s <= 0 or float(np.mean(steady)) < ALIKE:
        return 0.0
    return float(held[steady].sum() / lasted_s[steady].sum())


def _stretches(
    breaks: NDArray[np.int64], counts: NDArray[np.int64], times_s: Numbers, rate_hz: float
) -> tuple[tuple[Stretch, ...], tuple[str, ...]]:
    found: list[Stretch] = []
    back: list[tuple[float, float]] = []
    stored, shift = 0, 0
    late_s = [0.0, *(np.diff(times_s) - counts[:-1] / rate_hz).tolist()]
    for is_break, count, at_s, jump_s in zip(breaks, counts.tolist(), times_s.tolist(), late_s, strict=True):
        end = found[-1].first + found[-1].count if found else 0
        due = round(at_s * rate_hz) + shift
        if jump_s < -LATE_S and due < end:
            # A clock that was set: what comes later must not be moved by it, or the next gap would be lost in it.
            back.append((-jump_s, end / rate_hz))
            shift, due = shift + end - due, end
        # A clock that runs a little fast or slow makes no gap, nor does rounding: only what is off by both counts.
        gap = min(jump_s, (due - end) / rate_hz) > (LATE_S if is_break else UNFLAGGED_S)
        if found and not gap:
            found[-1] = Stretch(found[-1].first, found[-1].stored, found[-1].count + count)
        else:
            found.append(Stretch(due, stored, count))
        stored += count
    return tuple(found), _told(back)


def _told(back: list[tuple[float, float]]) -> tuple[str, ...]:
    if not back:
        return ()
    seconds, at_s = back[0]
    times = "once" if len(back) == 1 else f"{len(back)} times, first"
    return (f"has times of blocks that go back {times} by {seconds:.2f} s at {at_s:.1f} s; times after that go on",)
