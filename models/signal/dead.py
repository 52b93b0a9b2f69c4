"""Channels of a recording that hold no signal from its beginning to its end: an electrode that was off all the time.

Live it cannot be known, for the electrode may be put on again; of a file it can, and chains are bridged over it.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from models.signal.artifacts import FLAT_S

FLAT_RUNS: Final = 4.0
"""A channel is dead that keeps its value for so many times `FLAT_S` on the average: hardly any sample of it is used."""
WITHOUT: Final = 0.01
"""And one that has less than this share of the samples that other channels have."""


def dead_channels(samples: NDArray[np.float32], rate_hz: float) -> dict[int, str]:
    """Return why channels, by index, hold no signal, of a whole recording (channels, n) with NaN where nothing came."""
    reasons: dict[int, str] = {}
    there = [int(np.count_nonzero(np.isfinite(row))) for row in samples]
    for index, (row, count) in enumerate(zip(samples, there, strict=True)):
        if count <= WITHOUT * max(there):
            reasons[index] = "without a sample throughout"
            continue
        # NaN is unequal to everything, and a step to or from it no change of the signal.
        steps = np.diff(row)
        changes = int(np.count_nonzero(np.isfinite(steps) & (steps != 0)))
        if changes * FLAT_RUNS * FLAT_S * rate_hz <= count:
            reasons[index] = "flat or at a rail throughout"
    # Where all are dead there is no chain to bridge: what comes of them is rejected, with the reason.
    return reasons if len(reasons) < len(samples) else {}
