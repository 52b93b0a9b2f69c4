"""Bad samples, found before any filter sees them: not finite, not valid, flat or at a rail, popping.

The causal filters behind this file have no gain at 0 Hz, so a signal may be shifted by any constant without changing
what they give. Every channel is therefore rebuilt from its own differences, and a difference that is not EEG
(across a bad sample, from an electrode pop, from the electrode's offset at the start) counts as zero: the signal
goes on from where it was held, and nothing rings. At the start this equals `scipy.signal.sosfilt_zi` scaled by the
first sample, without the rounding of a 400 mV offset.
"""

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


class Continuity:
    """Makes channels continuous and remembers when each was last bad; bit-equal for any chunking.

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
        self._signal = np.zeros(column)
        self._held_good = np.zeros(column, bool)
        self._run_start = np.full(column, first, np.int64)
        self._last_bad = np.full(column, first - 1, np.int64)

    def push(
        self, samples_uv: NDArray[np.float64], valid: NDArray[np.bool_]
    ) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
        """Take the next samples.

        Parameters
        ----------
        samples_uv
            (channels, n), n >= 1, microvolts; may hold NaN and infinity
        valid
            (channels, n): False where a sample may not be used

        Returns
        -------
        signal
            (channels, n) float64, microvolts: finite, without offset, held where the input is bad
        since_bad
            (channels, n) int64: samples since the channel's last bad one, 0 on a bad one
        """
        index = np.arange(self._next, self._next + samples_uv.shape[1])
        finite = valid & np.isfinite(samples_uv)
        clean = np.where(finite, samples_uv, 0.0)
        step = clean - self._after(self._held, clean)
        good = finite & ~self._flat(step, finite, index)
        step[~(good & self._after(self._held_good, good))] = 0.0
        pop = np.abs(step) > self.pop_uv
        step[pop] = 0.0
        since_bad = index - self._latest(self._last_bad, ~good | pop, index)
        step[:, :1] += self._signal
        signal = np.cumsum(step, axis=1)
        self._carry(clean, signal, good, since_bad, index)
        return signal, since_bad

    def _flat(
        self, step: NDArray[np.float64], finite: NDArray[np.bool_], index: NDArray[np.int64]
    ) -> NDArray[np.bool_]:
        run_start = self._latest(self._run_start, (step != 0.0) | ~finite, index)
        self._run_start = run_start[:, -1:].copy()
        return index - run_start + 1 >= self.flat_samples

    def _carry(
        self,
        clean: NDArray[np.float64],
        signal: NDArray[np.float64],
        good: NDArray[np.bool_],
        since_bad: NDArray[np.int64],
        index: NDArray[np.int64],
    ) -> None:
        self._held = clean[:, -1:].copy()
        self._signal = signal[:, -1:].copy()
        self._held_good = good[:, -1:].copy()
        self._last_bad = index[-1] - since_bad[:, -1:]
        self._next = int(index[-1]) + 1

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
