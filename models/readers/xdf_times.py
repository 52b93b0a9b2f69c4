"""Samples of a stream laid out where their time stamps put them, with a hole where it paused."""

from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from models.errors import RecordingError
from models.readers.contract import MOST_BYTES, MOST_FILLED_S
from models.readers.timeline import JUMP_S, Stamps, average_hz, rough_rate_hz, strays, timeline

UNITS: Final = {"milliseconds": 1e3, "microseconds": 1e6, "nanoseconds": 1e9}
"""What some senders stamp in, by how many make a second; others stamp with the sample's number."""
NEAR: Final = 0.1
"""So far the declared rate may be off where the unit is found by it: units are further apart than that."""
COUNTED_S: Final = 1e-6
MOST_UNSTAMPED_S: Final = 2.0
"""Recorders stamp the first sample of a chunk, so that hardly more lack a stamp."""
NO_STAMPS: Final = "has no time stamps; the declared rate is believed"


@dataclass(frozen=True, slots=True)
class Placed:
    """Samples (channels, n) with NaN in the `gaps` where the stream paused; `remarks` say what is odd about time."""

    samples: NDArray[np.float32]
    rate_hz: float
    remarks: tuple[str, ...]
    gaps: tuple[tuple[int, int], ...]


def place(series: NDArray[Any], stamps_s: Stamps, declared_hz: float) -> Placed:
    """Lay out samples by their stamps.

    Parameters
    ----------
    series
        (n, channels)
    stamps_s
        (n,) of n >= 1 samples
    declared_hz
        0 where no rate is declared

    Raises
    ------
    RecordingError
        if nearly all would be gaps
    """
    in_a_second, unit = _unit(stamps_s, declared_hz)
    stamps_s, odd = _whole(stamps_s, in_a_second, declared_hz)
    found = timeline(stamps_s, declared_hz)
    first, end, at = found.parts[-1]
    _refuse_huge(at + end - first, series.shape, found.rate_hz)
    out = np.full((series.shape[1], at + end - first), np.nan, np.float32)
    for first, end, at in found.parts:
        out[:, at : at + end - first] = series[first:end].T
    ends = [(at + end - first, after[2]) for (first, end, at), after in pairwise(found.parts)]
    gaps = tuple((end, begin) for end, begin in ends if begin > end)
    return Placed(out, found.rate_hz, (*odd, *unit, *found.remarks), gaps)


def _whole(stamps: Stamps, in_a_second: float, declared_hz: float) -> tuple[Stamps, tuple[str, ...]]:
    """Return a stamp in seconds for every sample, and a remark on those that had none that can be believed."""
    bad = ~np.isfinite(stamps)
    # A sender that does not know the time yet says 0.
    if np.count_nonzero(stamps == 0) > 1:
        bad |= stamps == 0
    bad |= _unstamped(stamps, declared_hz)
    if bad.all():
        return np.zeros(len(stamps)), (NO_STAMPS,)
    stamps_s = stamps / in_a_second
    whole_s = _interpolated(stamps_s, ~bad, declared_hz)
    bad |= strays(whole_s, declared_hz)
    number = int(np.count_nonzero(bad))
    if not number:
        return stamps_s, ()
    remark = f"has {number} time stamps that are no times; the times around them are taken"
    return _interpolated(stamps_s, ~bad, declared_hz), (remark,)


def _unstamped(stamps_s: Stamps, declared_hz: float) -> NDArray[np.bool_]:
    """Return which samples (n,) lie before the first stamp: pyxdf counts them from 0 at the declared rate."""
    out = np.zeros(len(stamps_s), np.bool_)
    if declared_hz > 0:
        counted_s = np.arange(1, len(stamps_s) + 1) / declared_hz
        first = int(np.argmax(np.abs(stamps_s - counted_s) > COUNTED_S))
        # A sender that counts from its own start leaves that count by less.
        out[:first] = first <= MOST_UNSTAMPED_S * declared_hz and abs(stamps_s[first] - counted_s[first]) > JUMP_S
    return out


def _interpolated(stamps_s: Stamps, good: NDArray[np.bool_], declared_hz: float) -> Stamps:
    known = np.flatnonzero(good)
    index = np.arange(len(stamps_s))
    whole_s: Stamps = np.interp(index, known, stamps_s[known])
    if declared_hz > 0:
        # Before the first known time and behind the last, the declared rate is all there is.
        whole_s += (np.minimum(index - known[0], 0) + np.maximum(index - known[-1], 0)) / declared_hz
    return whole_s


def _unit(stamps: Stamps, declared_hz: float) -> tuple[float, tuple[str, ...]]:
    """Return how many of the stamps' units make a second: of which they show the declared rate; and a remark on it."""
    told = stamps[np.isfinite(stamps) & (stamps != 0)]
    shown_hz = rough_rate_hz(told, declared_hz or average_hz(told)) if len(told) else 0.0
    if not declared_hz or shown_hz <= 0:
        return 1.0, ()
    # Not over all of them: a pause is part of no rate.
    off = {
        unit: abs(shown_hz * in_a_second / declared_hz - 1)
        for unit, in_a_second in {"seconds": 1.0, **UNITS, "samples": declared_hz}.items()
    }
    unit = min(off, key=lambda unit: off[unit])
    if unit == "seconds" or off[unit] > NEAR:
        return 1.0, ()
    return UNITS.get(unit, declared_hz), (f"has time stamps that count {unit}",)


def _refuse_huge(length: int, shape: tuple[int, ...], rate_hz: float) -> None:
    """Refuse a stream of which nearly all would be gaps: stamps that are damaged, or days of pauses."""
    gaps_s = (length - shape[0]) / rate_hz
    if gaps_s > MOST_FILLED_S or 4 * shape[1] * length > MOST_BYTES:
        raise RecordingError(f"has time stamps that leave gaps of {gaps_s / 3600:.1f} h in all; split the recording")
