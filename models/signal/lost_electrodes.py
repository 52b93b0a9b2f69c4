"""Electrodes that come off, or on again, while a recording goes on: chains are bridged over them meanwhile.

What is lost is judged at fixed sample indices, from the two minutes before each and from nothing else. So it is the
same live and of a file, in any chunks, and behind a restart.
"""

from collections import deque
from typing import Final

import numpy as np
from numpy.typing import NDArray

from models.signal.artifacts import FLAT_S

# Choices of ours, by what they cost: a chain is not looked at while one of its electrodes is off and not yet bridged,
# and is looked at with one derivation less while it is.
SLOT_S: Final = 2.5
"""Judged so often. Slots lie on multiples of it, counted from sample 0."""
LOST_SLOTS: Final = 4
"""An electrode that is bad in each of so many slots in a row, 10 s, is lost: an amplifier's rail is left sooner.

Once in each is enough. Filters need a second or two to settle behind a bad sample, so a loose contact, which comes and
goes, costs its chains as much as one that is off.
"""
KEPT_SLOTS: Final = 48
"""It is used again once the last such row lies 2 min back, so that a loose contact does not change chains all the time.
"""


class LostElectrodes:
    """Follows the channels of one recording, from sample `first` on.

    Parameters
    ----------
    channels
        how many
    rate_hz
        sampling rate
    first
        index of the first sample; behind a restart `known_from` where it goes on

    Attributes
    ----------
    edge
        sample index at which is judged next
    lost
        channels that are lost, by index, as judged at the newest edge
    """

    def __init__(self, channels: int, rate_hz: float, first: int = 0) -> None:
        self._rate_hz, self._slot_samples = rate_hz, slot_samples(rate_hz)
        self._channels, self._next = channels, first
        self._pieces: list[NDArray[np.float32]] = []
        self._bad: deque[frozenset[int]] = deque(maxlen=KEPT_SLOTS)
        self.edge = (first // self._slot_samples + 1) * self._slot_samples
        self.lost: tuple[int, ...] = ()

    def push(self, first: int, samples: NDArray[np.float32]) -> None:
        """Take samples (channels, n) from index `first` on, NaN where one may not be used; known ones are passed by."""
        self.skip_to(first)
        samples = samples[:, max(0, self._next - first) :]
        while samples.shape[1]:
            room = self.edge - self._next
            self._pieces.append(samples[:, :room])
            samples = samples[:, room:]
            self.skip_to(self._next + self._pieces[-1].shape[1])

    def skip_to(self, index: int) -> None:
        """Go on at an index; samples before it that were not pushed never came."""
        self._next = max(self._next, index)
        while self.edge <= self._next:
            self._bad.append(self._bad_in_slot())
            self._pieces.clear()
            self.edge += self._slot_samples
            self.lost = tuple(channel for channel in range(self._channels) if self._is_lost(channel))

    @property
    def off(self) -> tuple[int, ...]:
        """The channels that are lost and have not been good for as long as it takes to be lost."""
        newest = frozenset().union(*list(self._bad)[-LOST_SLOTS:])
        return tuple(channel for channel in self.lost if channel in newest)

    def _bad_in_slot(self) -> frozenset[int]:
        if not self._channels or 2 * sum(piece.shape[1] for piece in self._pieces) < self._slot_samples:
            return frozenset()
        bad = np.flatnonzero(bad_channels(np.concatenate(self._pieces, axis=1), self._rate_hz))
        # A cable that is out, or a reference that is off, says nothing of single electrodes.
        return frozenset(bad.tolist()) if 2 * len(bad) < self._channels else frozenset()

    def _is_lost(self, channel: int) -> bool:
        row = 0
        for bad in self._bad:
            row = row + 1 if channel in bad else 0
            if row == LOST_SLOTS:
                return True
        return False


def bad_channels(samples: NDArray[np.float32], rate_hz: float) -> NDArray[np.bool_]:
    """Return (channels,) whether any of samples (channels, n) is NaN, or they stand still for as long as no EEG."""
    still = np.diff(samples, axis=1) == 0.0
    # As `models.signal.artifacts` has it: so many equal samples have so many steps of nothing between them, less one.
    steps = max(2, int(np.ceil(FLAT_S * rate_hz))) - 1
    counted = np.cumsum(np.pad(still, ((0, 0), (1, 0))), axis=1)
    flat = (counted[:, steps:] - counted[:, :-steps] == steps).any(axis=1)
    bad: NDArray[np.bool_] = flat | ~np.isfinite(samples).all(axis=1)
    return bad


def slot_samples(rate_hz: float) -> int:
    """Return the length of a slot."""
    return round(SLOT_S * rate_hz)


def known_from(index: int, rate_hz: float) -> int:
    """Return the index from which samples must be pushed so that all is known at `index`."""
    slot = slot_samples(rate_hz)
    return max(0, index // slot - KEPT_SLOTS) * slot
