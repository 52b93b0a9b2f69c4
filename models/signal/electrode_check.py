"""What the electrodes of a bed say of each other: two that send the same, one of another size, all of a wrong unit.

A stream is believed in what it declares, and the quality of its signal is judged derivation by derivation. Neither sees
a channel that was sent under two names, nor an electrode in another unit than it declares: both leave EEG behind.
"""

from collections import Counter
from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from models.signal.artifacts import POP_UV

# Choices of ours: none was fitted to recordings.
LOOK_S: Final = 1.0
"""How much is looked at: long enough for a standard deviation that waves of EEG do not decide."""
EVERY_S: Final = 5.0
"""How often: a look costs a copy of the second."""
FIRST_S: Final = 1.5
"""When the first look is: between the whole seconds, at which sleep is measured, so that no hop has to do both."""
HELD_LOOKS: Final = 3
"""So many looks in a row, 10 s: a movement, or an amplifier that calibrates itself, is no doubt."""
OF_ANOTHER_SIZE: Final = 100.0
"""Times the electrodes' median. Units are a thousand apart; one electrode's EEG is within ten times another's."""
FEWEST: Final = 4
"""Electrodes of which a median says what is usual."""


class ElectrodeCheck:
    """Looks at a second of the electrodes used, every few seconds.

    Parameters
    ----------
    labels
        of the channels used, as the stream has them
    scale_to_uv
        microvolts per unit of each channel, (channels,), or of all
    known_unit
        False where no size says that the unit is wrong

    Attributes
    ----------
    doubts
        what is odd about single electrodes, "" for nothing
    unit_wrong
        whether most steps between samples are larger than any of an electrode that pops
    """

    def __init__(
        self, labels: Sequence[str], rate_hz: float, scale_to_uv: float | NDArray[np.float64], *, known_unit: bool
    ) -> None:
        self.doubts = ""
        self.unit_wrong = False
        self._labels, self._rate_hz, self._known_unit = labels, rate_hz, known_unit
        self._scale_to_uv = np.reshape(np.asarray(scale_to_uv, np.float64), (-1, 1))
        self._pieces: list[NDArray[np.float32]] = []
        self._since_s = EVERY_S - FIRST_S
        self._held: Counter[str] = Counter()
        self._unit_held = 0

    def push(self, samples: NDArray[np.float32]) -> None:
        """Take the next samples (channels, n), in the stream's unit."""
        if self._since_s >= EVERY_S - LOOK_S:
            self._pieces.append(samples)
        self._since_s += samples.shape[1] / self._rate_hz
        if sum(piece.shape[1] for piece in self._pieces) >= LOOK_S * self._rate_hz:
            self._look(np.concatenate(self._pieces, axis=1) * self._scale_to_uv)
            self._pieces.clear()
            self._since_s = 0.0

    def gap(self) -> None:
        """Forget the samples before a gap."""
        self._pieces.clear()

    def _look(self, samples_uv: NDArray[np.float64]) -> None:
        steps_uv = np.abs(np.diff(samples_uv, axis=1))
        # NaN compares false: what sends no number has no size.
        large = self._known_unit and np.mean(steps_uv > POP_UV) > 0.5
        self._unit_held = self._unit_held + 1 if large else 0
        self.unit_wrong = self._unit_held >= HELD_LOOKS
        seen = [*self._copies(samples_uv), *self._of_another_size(samples_uv)]
        self._held = Counter({doubt: self._held[doubt] + 1 for doubt in seen})
        self.doubts = "; ".join(doubt for doubt in seen if self._held[doubt] >= HELD_LOOKS)

    def _copies(self, samples_uv: NDArray[np.float64]) -> list[str]:
        """Name the electrodes that send the same samples; what is flat is no copy of what is flat."""
        moves = np.isfinite(samples_uv).all(axis=1) & (samples_uv != samples_uv[:, :1]).any(axis=1)
        alike: dict[bytes, list[str]] = {}
        for k in np.flatnonzero(moves).tolist():
            alike.setdefault(samples_uv[k].tobytes(), []).append(self._labels[k])
        return [f"{' and '.join(labels)} send the same samples" for labels in alike.values() if len(labels) > 1]

    def _of_another_size(self, samples_uv: NDArray[np.float64]) -> list[str]:
        """Name each electrode that is far smaller or larger than the others, which are of one size."""
        sizes = samples_uv.std(axis=1)
        alive = np.isfinite(sizes) & (sizes > 0)
        if alive.sum() < FEWEST:
            return []
        usual = np.median(sizes[alive])
        small, large = alive & (sizes * OF_ANOTHER_SIZE < usual), alive & (sizes > OF_ANOTHER_SIZE * usual)
        return [
            f"{self._labels[k]} is more than {OF_ANOTHER_SIZE:g} times {word} than most: its unit, or its contact"
            for word, odd in (("smaller", small), ("larger", large))
            for k in np.flatnonzero(odd).tolist()
        ]
