"""The state that an EEG is in, second by second: a mimetic detector trusts its waves by it.

Gotman and Wang (EEG Clin Neurophysiol 79, 1991) tell five states apart and reject in each what is no discharge there.
The states are theirs; how they are recognised, from shares of power in ten seconds, is ours.
"""

from enum import Enum
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.signal import butter, sosfiltfilt

from models.signal.conditioning import MODEL_RATE_HZ

SPAN_S: Final = 10.0
BANDS_HZ: Final = {"delta": (1.0, 4.0), "alpha": (8.0, 12.0), "sigma": (12.0, 15.0), "muscle": (25.0, 50.0)}
# Shares of the power from 1 to 50 Hz, median over derivations. Choices of ours, made on no recording.
MUSCLE, ALPHA, DELTA, SIGMA = 0.25, 0.25, 0.65, 0.08


class State(Enum):
    """Gotman and Wang's five."""

    ACTIVE = "active wakefulness"
    QUIET = "quiet wakefulness"
    DESYNCHRONISED = "desynchronised EEG"
    PHASIC = "phasic EEG"
    SLOW = "slow EEG"


def states(traces: NDArray[np.float32]) -> list[State]:
    """Return the state of each second of traces (rows, m), a part of a second at the end included."""
    power = {name: _power(traces, band_hz) for name, band_hz in BANDS_HZ.items()}
    whole = np.maximum(_power(traces, (1.0, 50.0)), 1e-12)
    shares = {name: np.median(of / whole, axis=0) for name, of in power.items()}
    return [_state(*(float(shares[name][second]) for name in BANDS_HZ)) for second in range(whole.shape[1])]


def _state(delta: float, alpha: float, sigma: float, muscle: float) -> State:
    # In this order: muscle hides all else, and alpha tells wakefulness from sleep.
    if muscle >= MUSCLE:
        return State.ACTIVE
    if alpha >= ALPHA:
        return State.QUIET
    if delta >= DELTA:
        return State.PHASIC if sigma >= SIGMA else State.SLOW
    return State.PHASIC if sigma >= SIGMA else State.DESYNCHRONISED


def _power(traces: NDArray[np.float32], band_hz: tuple[float, float]) -> NDArray[np.float64]:
    """Return the power in a band over the SPAN_S around each second: (rows, seconds)."""
    sections = butter(2, band_hz, "bandpass", fs=MODEL_RATE_HZ, output="sos")
    squares = sosfiltfilt(sections, traces.astype(np.float64), axis=1) ** 2
    sums = np.concatenate([np.zeros((len(squares), 1)), np.cumsum(squares, axis=1)], axis=1)
    rate, length = round(MODEL_RATE_HZ), squares.shape[1]
    middles = np.arange(-(-length // rate)) * rate + rate // 2
    first = np.clip(middles - round(SPAN_S * MODEL_RATE_HZ / 2), 0, length)
    last = np.clip(middles + round(SPAN_S * MODEL_RATE_HZ / 2), 0, length)
    means: NDArray[np.float64] = (sums[:, last] - sums[:, first]) / np.maximum(last - first, 1)
    return means
