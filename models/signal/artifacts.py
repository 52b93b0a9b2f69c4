"""Bad samples, found before any filter sees them: not finite, not valid, flat or at a rail, popping.

The causal filters behind this file have no gain at 0 Hz, so they are fed differences between neighbouring samples (see
`models.signal.filters.of_differences`), and a difference that is not EEG (across a bad sample, from an electrode pop,
from the electrode's offset at the start) counts as zero: the signal goes on from where it was held, and nothing rings.
At the start this equals `scipy.signal.sosfilt_zi` scaled by the first sample, without the rounding of a 400 mV offset.
"""

import math
from typing import Final, TypeVar

import numpy as np
from numpy.typing import NDArray

Value = TypeVar("Value", np.float64, np.bool_)

FLAT_S: Final = 0.1
"""A run of exactly equal samples this long is a lead off or a rail; its samples are bad from here on."""

POP_UV: Final = 20_000.0
"""A jump between two samples larger than any EEG makes, by an order of magnitude."""

NEVER: Final = -(2**62)
"""An index before all recordings."""


class BadSampleTracker:
    """Computes every channel's steps and remembers when each was last bad; bit-equal for any chunking.

    Parameters
    ----------
    channels
        number of channels
    rate_hz
        sampling rate
    pop_uv
        a jump of more than this between two samples is a pop; infinity where the unit is unknown
    """

    def __init__(self, channels: int, rate_hz: float, *, pop_uv: float = POP_UV) -> None:
        self.flat_samples = max(2, int(np.ceil(FLAT_S * rate_hz)))
        self.pop_uv = pop_uv
        self._channels = channels
        self.restart(0)

    def restart(self, first: int) -> None:
        """Forget everything: the next sample is `first`, and all before it was bad."""
        column = (self._channels, 1)
        self._next = first
        self._held = np.zeros(column)
        self._held_good = np.zeros(column, bool)
        self._run_start = np.full(column, first, np.int64)
        self._last_bad = np.full(column, first - 1, np.int64)
        self._latest_bad, self._pushed = self._last_bad, 0
        self.newest_bad = first - 1
        self._whole = self._moving = False

    def push(self, samples_uv: NDArray[np.float64], valid: NDArray[np.bool_]) -> NDArray[np.float64]:
        """Return the steps of the next samples.

        Parameters
        ----------
        samples_uv
            (channels, n), n >= 1, microvolts; may hold NaN and infinity
        valid
            (channels, n): False where a sample may not be used

        Returns
        -------
        step
            (channels, n) float64, microvolts: how much each sample lies above the one before; 0 where either is bad
        """
        # Nearly every push takes this way: 7 us instead of 44 us for 19 channels and 32 samples on one core of a
        # server. One sum of squares is finite only if every sample is, so NaN and infinity need no check of their own.
        if self._whole and valid.all() and math.isfinite(np.vdot(samples_uv, samples_uv)):
            step = samples_uv - self._after(self._held, samples_uv)
            if self._holds_no_pop(step) and self._no_run_is_flat(step):
                return self._carried(samples_uv, step, self._last_bad)
        return self._mended(samples_uv, valid)

    def since_bad(self, places: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return (channels, m) samples since the channel's last bad one, at these places of the last push; 0 on one."""
        index = self._next - self._pushed + places
        return index - np.broadcast_to(self._latest_bad, (self._channels, self._pushed))[:, places]

    def _holds_no_pop(self, step: NDArray[np.float64]) -> bool:
        """Return whether for sure no step is a pop."""
        # The squares of all steps come to less than one pop's: a single pass of BLAS, without a temporary array.
        return float(np.vdot(step, step)) < self.pop_uv**2

    def _no_run_is_flat(self, step: NDArray[np.float64]) -> bool:
        """Return whether no run of equal samples is too long; if so, remember where the last ones began."""
        newest = self._next + step.shape[1] - 1
        # A flat run is `flat_samples` equal samples: so many zero steps in a row, less one. It cannot lie between steps
        # that are checked this far apart, counted back from the newest; and none began before, if all channels moved.
        apart = self.flat_samples - 1
        checked = step[:, ::-apart]
        if self._moving and checked.all():
            self._run_start.fill(newest)
            return True
        index = np.arange(self._next, newest + 1)
        run_start = self._latest(self._run_start, step != 0.0, index)
        if np.any(index - run_start + 1 >= self.flat_samples):
            return False
        self._run_start = run_start[:, -1:].copy()
        self._moving = bool(np.all(self._run_start == newest))
        return True

    def _mended(self, samples_uv: NDArray[np.float64], valid: NDArray[np.bool_]) -> NDArray[np.float64]:
        """Return the steps where something may be bad."""
        index = np.arange(self._next, self._next + samples_uv.shape[1])
        finite = valid & np.isfinite(samples_uv)
        clean = np.where(finite, samples_uv, 0.0)
        step = clean - self._after(self._held, clean)
        good = finite & ~self._flat(step, finite, index)
        step[~(good & self._after(self._held_good, good))] = 0.0
        pop = np.abs(step) > self.pop_uv
        step[pop] = 0.0
        latest_bad = self._latest(self._last_bad, ~good | pop, index)
        self._held_good = good[:, -1:].copy()
        self._whole, self._moving = bool(self._held_good.all()), False
        self._last_bad = latest_bad[:, -1:].copy()
        self.newest_bad = int(self._last_bad.max())
        return self._carried(clean, step, latest_bad)

    def _flat(
        self, step: NDArray[np.float64], finite: NDArray[np.bool_], index: NDArray[np.int64]
    ) -> NDArray[np.bool_]:
        run_start = self._latest(self._run_start, (step != 0.0) | ~finite, index)
        self._run_start = run_start[:, -1:].copy()
        return index - run_start + 1 >= self.flat_samples

    def _carried(
        self, clean: NDArray[np.float64], step: NDArray[np.float64], latest_bad: NDArray[np.int64]
    ) -> NDArray[np.float64]:
        """Keep what the next push goes on from, and what `since_bad` is asked for."""
        self._held, self._latest_bad = clean[:, -1:].copy(), latest_bad
        self._pushed = clean.shape[1]
        self._next += self._pushed
        return step

    @staticmethod
    def _after(held: NDArray[Value], values: NDArray[Value]) -> NDArray[Value]:
        """(channels, n): each sample's predecessor, the first one's from the push before."""
        return np.concatenate([held, values[:, :-1]], axis=1)

    @staticmethod
    def _latest(before: NDArray[np.int64], happens: NDArray[np.bool_], index: NDArray[np.int64]) -> NDArray[np.int64]:
        """(channels, n): the newest index up to each sample at which something happens."""
        marked = np.where(happens, index, NEVER)
        marked[:, :1] = np.maximum(marked[:, :1], before)
        latest: NDArray[np.int64] = np.maximum.accumulate(marked, axis=1)
        return latest
