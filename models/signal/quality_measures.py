"""What a signal looks like over the last seconds, in numbers that the amplifier's scale does not change.

Of every derivation and block of 16 samples three powers are kept: of the samples, of their first and of their second
differences. Their logarithms over 1.5, 10 and 30 s say how fast the signal is (mobility and complexity, Hjorth 1970),
how much it swells and shrinks, how it stands to the person's own last half minute and to the rest of the head. A group
is described by the least, middle and greatest of its derivations, and by how neighbours correlate: they share an
electrode, so independent noise of electrodes shows there as -0.5.

Everything is a plain sum over the last blocks: a detector that was started again measures the same once it has read
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

OF_ROWS: Final = (
    "mobility",
    "complexity",
    "jump",
    "burst",
    "burst, 10 s",
    "rise, 10 s",
    "rise, 30 s",
    "spread, 10 s",
    "excess",
    "excess, 10 s",
)
"""Of each derivation: how fast; how sharp; its largest step; how far its mean power lies above the typical one; how the
last 1.5 s stand to the last 10 and 30; how unsteady; how the derivation stands to the head's middle one."""
NAMES: Final = (
    *(f"{name}, {which}" for name in OF_ROWS for which in ("least", "middle", "greatest")),
    "correlation, mean",
    "correlation, least",
)
"""The measures of a group, in the order of `Measures.measure`."""

# Places of what is kept of a block. Those that longer spans need come first, so that their sums are plain slices.
_LEVEL, _COUNT, _POWER, _SQUARE, _FIRST, _SECOND, _JUMP, _BESIDE = range(8)

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
        # Differences shrink as the rate grows: in units of the rate that the gate was fitted at they stay the same.
        self._faster = 2 * np.log(rate_hz / MODEL_RATE_HZ)
        self._kept = np.zeros((8, live.size, 2 * LONG))
        self.restart()

    def restart(self) -> None:
        """Forget everything."""
        self._kept[:] = 0.0
        self._filled = LONG

    def push(self, samples: NDArray[np.float32], usable: Mask) -> None:
        """Add one block.

        Parameters
        ----------
        samples
            (rows of all groups, BLOCK), in any unit
        usable
            (rows of all groups,): whether the block may be looked at
        """
        # Twice what is looked back on, so that a span is one slice; the newest half moves to the front every 30 s.
        if self._filled == self._kept.shape[2]:
            self._kept[:, :, :LONG] = self._kept[:, :, LONG:]
            self._filled = LONG
        block, counted = samples.astype(np.float64), usable & self._live.ravel()
        # Before anything is computed: a row's neighbour is multiplied with it.
        block[~counted] = 0.0
        self._kept[:, :, self._filled] = _of_block(block) * counted
        self._filled += 1

    def measure(self) -> tuple[Floats, Mask]:
        """Return the measures (groups, len(NAMES)) and which groups (groups,) have any; the others' mean nothing."""
        end = self._filled
        short = self._kept[:, :, end - SHORT : end].sum(axis=2)
        middle = self._kept[: _SQUARE + 1, :, end - MIDDLE : end].sum(axis=2)
        long = self._kept[: _COUNT + 1, :, end - LONG : end].sum(axis=2)
        seen = (short[_COUNT] > 0).reshape(self._live.shape)
        of_rows = self._of_rows(short, middle, long, seen.ravel())
        found = np.concatenate([_least_middle_greatest(of_rows, seen), _correlated(short, seen)], axis=1)
        return found, seen.any(axis=1)

    def _of_rows(self, short: Floats, middle: Floats, long: Floats, seen: Mask) -> Floats:
        """Return (rows of all groups, len(OF_ROWS)) from sums over the three spans."""
        # Where nothing was counted the sums are 0, and so is what is made of them.
        short = short / np.maximum(short[_COUNT], 1)
        middle = middle / np.maximum(middle[_COUNT], 1)
        level, level_10s = short[_LEVEL], middle[_LEVEL]
        found = np.empty((len(OF_ROWS), level.size))
        np.subtract(short[_FIRST], level - self._faster, out=found[0])
        np.subtract(short[_SECOND], short[_FIRST] - self._faster, out=found[1])
        np.subtract(short[_JUMP], short[_FIRST], out=found[2])
        found[3], found[4] = short[_POWER], middle[_POWER]
        np.log(found[3:5] + FLOOR_UV2, out=found[3:5])
        found[3] -= level
        found[4] -= level_10s
        np.subtract(level, level_10s, out=found[5])
        np.subtract(level, long[_LEVEL] / np.maximum(long[_COUNT], 1), out=found[6])
        np.sqrt(np.maximum(middle[_SQUARE] - level_10s**2, 0.0), out=found[7])
        found[8], found[9] = level, level_10s
        found[8:] -= _middle(found[8:], seen)
        return found.T


def _of_block(x: Floats) -> Floats:
    """Return what is kept of a block x (rows, BLOCK): (8, rows)."""
    first = x[:, 1:] - x[:, :-1]
    second = first[:, 1:] - first[:, :-1]
    kept = np.empty((8, len(x)))
    kept[_POWER] = np.vecdot(x, x)
    kept[_LEVEL], kept[_FIRST], kept[_SECOND] = kept[_POWER], np.vecdot(first, first), np.vecdot(second, second)
    kept[_JUMP] = np.square(first).max(axis=1)
    logs = [_LEVEL, _FIRST, _SECOND, _JUMP]
    kept[logs] = np.log(kept[logs] + FLOOR_UV2)
    kept[_SQUARE], kept[_COUNT], kept[_BESIDE, -1] = kept[_LEVEL] ** 2, 1.0, 0.0
    kept[_BESIDE, :-1] = np.vecdot(x[:-1], x[1:])
    return kept


def _least_middle_greatest(of_rows: Floats, seen: Mask) -> Floats:
    """Return (groups, 3 x measures) of (rows of all groups, measures)."""
    groups, rows = seen.shape
    count = seen.sum(axis=1)
    by_group = of_rows.reshape(groups, rows, -1)
    # Nearly always every derivation is there; this way takes a third of the time.
    if seen.all():
        every: Floats = np.sort(by_group, axis=1)[:, [0, (rows - 1) // 2, rows - 1]]
        return every.transpose(0, 2, 1).reshape(groups, -1)
    # Behind all others, so that the first `count` places hold what was measured.
    ordered = np.sort(np.where(seen[:, :, None], by_group, np.inf), axis=1)
    last = np.maximum(count - 1, 0)
    places = np.stack([np.zeros_like(last), last // 2, last], axis=1)
    found = np.take_along_axis(ordered, places[:, :, None], axis=1)
    return np.where(np.isfinite(found), found, 0.0).transpose(0, 2, 1).reshape(groups, -1)


def _correlated(short: Floats, seen: Mask) -> Floats:
    """Return (groups, 2): mean and least correlation of a group's neighbouring derivations, 0 where none has one."""
    power, beside = short[_POWER].reshape(seen.shape), short[_BESIDE].reshape(seen.shape)
    both = seen[:, :-1] & seen[:, 1:]
    r = np.where(both, beside[:, :-1] / np.sqrt(power[:, :-1] * power[:, 1:] + FLOOR_UV2), 0.0)
    # `initial`: a network that sees one derivation at a time has no neighbours.
    return np.array([r.sum(axis=1) / np.maximum(both.sum(axis=1), 1), r.min(axis=1, initial=0.0)]).T


def _middle(values: Floats, seen: Mask) -> Floats:
    """Return the lower median of what was seen in each row of values, 0 if nothing was: (values, 1)."""
    of = np.sort(values[:, seen], axis=1)
    return of[:, [(of.shape[1] - 1) // 2]] if of.size else np.zeros((len(values), 1))
