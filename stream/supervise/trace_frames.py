"""Frames of traces: what a browser is sent of one bed's channels ten times a second.

All numbers are little-endian: the frame's length in bytes and its number (uint32 each), the index of its first point
(float64, points since the recording began), how many samples of the stream a point stands for (uint32), channels and
points (uint16 each), microvolts of one step (float32); then the points, int16, channel after channel. `MISSING` stands
where there is no sample.
"""

import struct
from typing import Final

import numpy as np
from numpy.typing import NDArray

HEADER: Final = struct.Struct("<IIdIHHf")
MISSING: Final = -32768
LARGEST: Final = 32767


def encoded(number: int, first: int, samples_per_point: int, points: NDArray[np.float64]) -> bytes:
    """Return a frame.

    Parameters
    ----------
    number
        the frame's, one more than that of the frame before
    first
        index of the first point
    samples_per_point
        of the stream
    points
        (channels, n) in microvolts, NaN where there is no sample
    """
    there = np.isfinite(points)
    largest_uv = float(np.abs(points[there]).max(initial=0.0))
    # A step for each frame: a large artefact costs resolution for a tenth of a second and is never cut off.
    step_uv = float(np.float32(max(largest_uv / LARGEST, 1e-6)))
    steps = np.full(points.shape, MISSING, "<i2")
    steps[there] = np.clip(np.rint(points[there] / step_uv), -LARGEST, LARGEST)
    length = HEADER.size + steps.nbytes
    return HEADER.pack(length, number, first, samples_per_point, *points.shape, step_uv) + steps.tobytes()
