"""What a signal looks like over the last seconds, in numbers that no amplifier's scale changes.

Of every derivation and block of 16 samples three powers are kept: of the samples, of their first and of their second
differences. Their logarithms over 1.5, 10 and 30 s say how fast the signal is (mobility and complexity, Hjorth 1970),
how much it swells and shrinks, how it stands to the person's own last half minute and to the rest of the head. A group
is described by the least, middle and greatest of its derivations; neighbours by how they correlate: they share an
electrode, and independent noise shows there as -0.5.

Everything is a plain sum over the last blocks, so a detector that was started again sees the same once it has seen
30 s.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from models.signal.conditioning import MODEL_RATE_HZ

BLOCK: Final = 16
"""Samples of a block: 125 ms at the model's rate."""
SHORT, MIDDLE, LONG = 12, 80, 240
"""Blocks looked back on: 1.5 s as a window has, 10 s, 30 s."""
FLOOR_UV2: Final = 1e-3
"""Added to a block's power, so that a flat derivation has a logarithm; far below any amplifier's noise."""

OF_ROWS: Final = ("mobility", "complexity", "burst", "burst_10s", "rise_10s", "rise_30s", "spread_10s", "excess", "excess_10s", "jump")
ACROSS: Final = ("least", "middle", "greatest")
NAMES: Final = (*(f"{name}, {which}" for name in OF_ROWS for which in ACROSS), "correlation", "correlation, least")

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]


class Measures:
    """One bed's measures, block by block.

    Parameters
    ----------
    live
        (groups, rows): which derivations there are
    rate_hz
        of the samples
    """

    def __init__(self, live: Mask, rate_hz: float) -> None:
        self._live = live
        # Differences grow as the rate falls: in units of the rate that the weights were fitted at they stay the same.
        self._faster = rate_hz / MODEL_RATE_HZ
        # log power, log of the differences' two, power, its log squared, largest step, with neighbour, counted.
        self._kept = np.zeros((8, live.size, 2 * LONG))
        self._filled = LONG
        self._blocks = 0

    def restart(self) -> None:
        """Forget everything."""
        self._kept[:] = 0
        self._filled, self._blocks = LONG, 0

    def push(self, samples: NDArray[np.float32], usable: Mask) -> None:
        """Add one block.

        Parameters
        ----------
        samples
            (rows of all groups, BLOCK), microvolts or any other unit
        usable
            (rows of all groups,): whether the block may be looked at
        """
        if self._filled == self._kept.shape[2]:
            self._kept[:, :, :LONG] = self._kept[:, :, LONG:]
            self._filled = LONG
        self._kept[:, :, self._filled] = self._block(samples.astype(np.float64), usable & self._live.ravel())
        self._filled += 1
        self._blocks += 1

    def _block(self, x: Floats, usable: Mask) -> Floats:
        first = np.diff(x, axis=1)
        second = np.diff(first, axis=1)
        steepest = np.abs(first).max(axis=1)
        powers = np.stack([np.vecdot(x, x), np.vecdot(first, first), np.vecdot(second, second), steepest**2])
        logs = np.log(powers + FLOOR_UV2)
        beside = np.zeros(len(x))
        beside[:-1] = np.vecdot(x[:-1], x[1:])
        rows = np.stack([logs[0], logs[1], logs[2], powers[0], logs[0] ** 2, logs[3], beside, np.ones(len(x))])
        rows[:, ~usable] = 0.0
        return rows

    def measure(self) -> Floats:
        """Return (groups, len(NAMES)); of a group without a usable derivation all are 0."""
        groups, per_group = self._live.shape
        end = self._filled
        short = self._kept[:, :, end - SHORT : end].sum(axis=2)
        middle = self._kept[[0, 3, 4, 7], :, end - MIDDLE : end].sum(axis=2)
        long = self._kept[[0, 7], :, end - LONG : end].sum(axis=2)
        seen = short[7] > 0
        n, n_middle, n_long = np.maximum(short[7], 1), np.maximum(middle[3], 1), np.maximum(long[1], 1)
        level, level_middle, level_long = short[0] / n, middle[0] / n_middle, long[0] / n_long
        first, second = short[1] / n, short[2] / n
        of_rows = np.stack(
            [
                first - level + 2 * np.log(self._faster),
                second - first + 2 * np.log(self._faster),
                np.log(short[3] / n + FLOOR_UV2) - level,
                np.log(middle[1] / n_middle + FLOOR_UV2) - level_middle,
                level - level_middle,
                level - level_long,
                np.sqrt(np.maximum(middle[2] / n_middle - level_middle**2, 0)),
                level - _middle(level, seen),
                level_middle - _middle(level_middle, seen),
                short[5] / n - first,
            ]
        ).reshape(len(OF_ROWS), groups, per_group)
        seen = seen.reshape(groups, per_group)
        of_rows = np.sort(np.where(seen, of_rows, np.inf), axis=2)
        count = seen.sum(axis=1)
        at = np.arange(groups)
        found = np.stack([of_rows[:, at, place] for place in (0 * count, np.maximum(count - 1, 0) // 2, np.maximum(count - 1, 0))])
        correlated = self._correlated(short, seen)
        measures = np.concatenate([found.transpose(2, 1, 0).reshape(groups, -1), correlated], axis=1)
        measures[count == 0] = 0.0
        return measures

    def _correlated(self, short: Floats, seen: Mask) -> Floats:
        groups, per_group = seen.shape
        power, beside = short[3].reshape(seen.shape), short[6].reshape(seen.shape)
        if per_group == 1:
            return np.zeros((groups, 2))
        both = seen[:, :-1] & seen[:, 1:]
        r = np.where(both, beside[:, :-1] / np.sqrt(power[:, :-1] * power[:, 1:] + FLOOR_UV2), 0.0)
        return np.stack([r.sum(axis=1) / np.maximum(both.sum(axis=1), 1), r.min(axis=1)], axis=1)


def _middle(values: Floats, seen: Mask) -> float:
    of = values[seen]
    return float(np.sort(of)[(len(of) - 1) // 2]) if len(of) else 0.0
