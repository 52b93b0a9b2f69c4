"""Columns of traces, and the frames in which a browser is sent them ten times a second.

A column is the lowest and the highest value of so many samples as about one pixel stands for: however fast an amplifier
is, no spike falls between two points. All numbers of a frame are little-endian: its number (uint32), flags, rows and
columns (uint16 each), two bytes unused, samples of a column (uint32), index of the first column since the recording
began (float64), microvolts of one step (float32); then the lowest values, int16, row after row, and the highest ones.
`MISSING` stands where there is no sample.
"""

import struct
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

HEADER: Final = struct.Struct("<IHHHxxIdf")
MISSING: Final = -32768
LARGEST: Final = 32767
BEHIND_GAP: Final = 1
"""Flag of a frame that does not begin where the frame before it ended."""
HOLDS_GAP: Final = 2
"""Flag of a frame in which samples are missing."""


@dataclass(frozen=True, slots=True)
class Columns:
    """`low` and `high` are (rows, n) in microvolts, NaN without a sample; `first` is the first column's index."""

    first: int
    low: NDArray[np.float64]
    high: NDArray[np.float64]

    @property
    def end(self) -> int:
        """Index just past the newest column."""
        return self.first + int(self.low.shape[1])

    @classmethod
    def unknown(cls, first: int, rows: int, count: int) -> "Columns":
        """Return columns without a sample."""
        return cls(first, np.full((rows, count), np.nan), np.full((rows, count), np.nan))

    def put(self, part: "Columns") -> None:
        """Copy the columns of `part` that lie within these."""
        begin, end = max(self.first, part.first), min(self.end, part.end)
        if begin < end:
            here, there = slice(begin - self.first, end - self.first), slice(begin - part.first, end - part.first)
            self.low[:, here], self.high[:, here] = part.low[:, there], part.high[:, there]


def thinned(first: int, rows_uv: NDArray[np.float64], samples_per_column: int) -> Columns:
    """Return the columns of whole columns' samples (rows, n), NaN where there is none; known ones of a column count."""
    parts = rows_uv.reshape(len(rows_uv), -1, samples_per_column)
    return Columns(first, np.fmin.reduce(parts, axis=2), np.fmax.reduce(parts, axis=2))


def encoded(columns: Columns, number: int, samples_per_column: int, *, behind_gap: bool = False) -> bytes:
    """Return a frame; `number` is one more than that of the frame before."""
    values = np.stack([columns.low, columns.high])
    there = np.isfinite(values)
    largest_uv = float(np.abs(values[there]).max(initial=0.0))
    # A step for each frame: a large artefact costs resolution for a tenth of a second and is never cut off.
    step_uv = float(np.float32(max(largest_uv / LARGEST, 1e-6)))
    steps = np.full(values.shape, MISSING, "<i2")
    steps[there] = np.clip(np.rint(values[there] / step_uv), -LARGEST, LARGEST)
    flags = BEHIND_GAP * behind_gap | HOLDS_GAP * (not there.all())
    head = HEADER.pack(number % 2**32, flags, *values.shape[1:], samples_per_column, columns.first, step_uv)
    return head + steps.tobytes()
