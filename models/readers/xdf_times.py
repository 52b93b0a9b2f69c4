"""Samples of a stream laid out where their time stamps put them, with a hole where it paused."""

from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.errors import RecordingError
from models.readers.contract import MOST_BYTES, MOST_FILLED_S
from models.readers.timeline import Stamps, timeline


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
    bad = int(np.count_nonzero(~np.isfinite(stamps_s)))
    odd = (f"has {bad} time stamps that are no numbers; the times around them are taken",) if bad else ()
    found = timeline(_interpolated(stamps_s) if bad else stamps_s, declared_hz)
    first, end, at = found.parts[-1]
    _refuse_huge(at + end - first, series.shape, found.rate_hz)
    out = np.full((series.shape[1], at + end - first), np.nan, np.float32)
    for first, end, at in found.parts:
        out[:, at : at + end - first] = series[first:end].T
    ends = [(at + end - first, after[2]) for (first, end, at), after in pairwise(found.parts)]
    gaps = tuple((end, begin) for end, begin in ends if begin > end)
    return Placed(out, found.rate_hz, (*odd, *found.remarks), gaps)


def _interpolated(stamps_s: Stamps) -> Stamps:
    index, good = np.arange(len(stamps_s)), np.isfinite(stamps_s)
    return np.interp(index, index[good], stamps_s[good]) if good.any() else np.zeros(len(stamps_s))


def _refuse_huge(length: int, shape: tuple[int, ...], rate_hz: float) -> None:
    """Refuse a stream of which nearly all would be gaps: stamps that are damaged, or days of pauses."""
    gaps_s = (length - shape[0]) / rate_hz
    if gaps_s > MOST_FILLED_S or 4 * shape[1] * length > MOST_BYTES:
        raise RecordingError(f"has time stamps that leave gaps of {gaps_s / 3600:.1f} h in all; split the recording")
