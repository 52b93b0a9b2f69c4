"""What a browser reads of a frame of traces."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from stream.supervise.trace_frames import HEADER, MISSING


@dataclass(frozen=True, slots=True)
class ReadFrame:
    """`low` and `high` are (rows, n) in microvolts, NaN where there is no sample."""

    number: int
    flags: int
    first: int
    samples_per_column: int
    low: NDArray[np.float64]
    high: NDArray[np.float64]


def decoded(frame: bytes) -> ReadFrame:
    """Read one frame."""
    number, flags, rows, count, each, first, step_uv = HEADER.unpack_from(frame)
    steps = np.frombuffer(frame, "<i2", offset=HEADER.size).reshape(2, rows, count)
    low, high = np.where(steps == MISSING, np.nan, steps * step_uv)
    return ReadFrame(number, flags, int(first), each, low, high)
