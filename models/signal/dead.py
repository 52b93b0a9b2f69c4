"""Channels of a recording that hold no signal from its beginning to its end: an electrode that was off all the time.

Of a file this is known from the first sample on, and chains are bridged over it throughout. Of a stream, and where an
electrode is off for a part of a file, see `models.signal.lost_electrodes`.
"""

from collections.abc import Iterable
from typing import Final

import numpy as np
from numpy.typing import NDArray

from models.signal.artifacts import FLAT_S

Counts = NDArray[np.int64]
FLAT_RUNS: Final = 4.0
"""A channel is dead that keeps its value for so many times `FLAT_S` on the average: hardly any sample of it is used."""
WITHOUT: Final = 0.01
"""And one that has less than this share of the samples that other channels have."""


def dead_channels(pieces: Iterable[NDArray[np.float32]], rate_hz: float) -> dict[int, str]:
    """Return why channels, by index, hold no signal in a recording, whose samples come in pieces (channels, n).

    Pieces come in their order, with NaN where a channel has no sample.
    """
    there: Counts = np.zeros(0, np.int64)
    changes: Counts = there
    newest: NDArray[np.float32] = np.zeros((0, 1), np.float32)
    for piece in pieces:
        if not len(there):
            there, changes = np.zeros((2, len(piece)), np.int64)
            newest = np.full((len(piece), 1), np.nan, np.float32)
        there = there + np.isfinite(piece).sum(axis=1)
        # NaN is unequal to everything, and a step to or from it no change of the signal.
        steps = np.diff(piece, axis=1, prepend=newest)
        changes = changes + (np.isfinite(steps) & (steps != 0)).sum(axis=1)
        newest = piece[:, -1:]
    reasons: dict[int, str] = {}
    for index, (count, changed) in enumerate(zip(there.tolist(), changes.tolist(), strict=True)):
        if count <= WITHOUT * max(there.tolist()):
            reasons[index] = "without a sample throughout"
        elif changed * FLAT_RUNS * FLAT_S * rate_hz <= count:
            reasons[index] = "flat or at a rail throughout"
    # If all are dead there is no chain to bridge: the recording is rejected later, with the reason.
    return reasons if len(reasons) < len(there) else {}
