"""How large the mains are on a stream, beside its EEG: a broken ground or a loose reference is seen there first."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from stream.records import Samples, Source

# Not those of `models.signal.filters`: importing them brings scipy along, 69 MB in the process of each bed.
MAINS_HZ: Final = (50.0, 60.0)
LOOK_S: Final = 1.0
"""What is looked at; frequencies are told apart to 1 Hz."""
EVERY_S: Final = 5.0
HELD_LOOKS: Final = 3
"""So many looks in a row, 10 s: a plug that is pulled is no alarm."""
EEG_HZ: Final = (1.0, 40.0)
LINE_HZ: Final = 1.5
"""Half as wide as a line is seen through a Hann window of a second."""
LARGE: Final = 3.0
"""Times the root mean square of the EEG. Our choice: in many sound recordings mains are as large before the notch."""
NEAR_NYQUIST: Final = 0.9
"""Of half the rate: above it a line is folded upon itself. The notch ends there, too."""


class Mains:
    """Looks at a second of a stream every few seconds."""

    def __init__(self) -> None:
        self.alarm = ""
        self._chunks: list[Samples] = []
        self._source: Source | None = None
        self._held = 0
        self._since_s = EVERY_S

    def observe(self, samples: Samples, source: Source) -> None:
        """Take a chunk (channels, n); set `alarm` while mains are large on half of the channels that carry EEG."""
        if source != self._source:
            # Another link: its channels may be others.
            self._source = source
            self._chunks.clear()
        if self._since_s >= EVERY_S - LOOK_S:
            self._chunks.append(samples[_eeg(source)])
        self._since_s += samples.shape[1] / source.rate_hz
        if sum(chunk.shape[1] for chunk in self._chunks) < LOOK_S * source.rate_hz:
            return
        seen = _seen(np.concatenate(self._chunks, axis=1), source.rate_hz)
        self._chunks.clear()
        self._since_s = 0.0
        self._held = self._held + 1 if seen else 0
        if self._held == 0 or self._held >= HELD_LOOKS:
            self.alarm = seen


def _eeg(source: Source) -> NDArray[np.int64]:
    """Return which channels are EEG; all where none is said to be."""
    eeg = [number for number, kind in enumerate(source.types) if kind.strip().upper() == "EEG"]
    return np.array(eeg or range(len(source.types)), np.int64)


def _seen(samples: Samples, rate_hz: float) -> str:
    """Describe the mains of some samples (channels, n) that are large; "" where they are not."""
    finite = np.where(np.isfinite(samples), samples, 0.0).astype(np.float64)
    centred = finite - finite.mean(axis=1, keepdims=True)
    power = np.abs(np.fft.rfft(centred * np.hanning(centred.shape[1]))) ** 2
    hz = np.fft.rfftfreq(centred.shape[1], 1 / rate_hz)
    eeg = power[:, (hz >= EEG_HZ[0]) & (hz <= EEG_HZ[1])].sum(axis=1)
    # Flat channels carry neither EEG nor mains.
    alive = eeg > 0
    for mains_hz in MAINS_HZ:
        line = power[:, np.abs(hz - mains_hz) <= LINE_HZ].sum(axis=1)
        large = alive & (line > LARGE**2 * eeg)
        if mains_hz < NEAR_NYQUIST * rate_hz / 2 and 2 * large.sum() >= max(1, alive.sum()):
            return (
                f"{mains_hz:g} Hz are more than {LARGE:g} times as large as the EEG on {large.sum()} of {alive.sum()} "
                "channels"
            )
    return ""
