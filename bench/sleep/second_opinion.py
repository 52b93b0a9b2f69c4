"""YASA on the same excerpts, where it is installed: given the past alone, every epoch anew, and the whole record."""

import importlib.util
from importlib.metadata import version
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from bench.sleep.excerpts import PER_EPOCH, Excerpt

EPOCH_S: Final = 30
LEAST_EPOCHS: Final = 10
"""YASA wants 5 min of signal before it stages any."""
_NAMES: Final = {"WAKE": "W", "W": "W", "N1": "N1", "N2": "N2", "N3": "N3", "REM": "R", "R": "R"}
CHANNEL: Final = "C4-M1"


def installed() -> str:
    """Return YASA's version, or an empty string."""
    return version("yasa") if importlib.util.find_spec("yasa") else ""


def causal(excerpt: Excerpt) -> list[tuple[str, str]]:
    """Pair instants with what YASA says of the newest epoch when it is given all up to its end."""
    epoch = round(EPOCH_S * excerpt.rate_hz)
    stages = ["unknown"] * (LEAST_EPOCHS - 1)
    for end in range(LEAST_EPOCHS, len(excerpt.samples) // epoch + 1):
        stages.append(_staged(excerpt.samples[: end * epoch], excerpt.rate_hz)[-1])
    return _paired(excerpt, stages)


def whole(excerpt: Excerpt) -> list[tuple[str, str]]:
    """Pair instants with what YASA says of each epoch when it sees the whole record, future included."""
    return _paired(excerpt, _staged(excerpt.samples, excerpt.rate_hz))


def _paired(excerpt: Excerpt, stages: list[str]) -> list[tuple[str, str]]:
    places = [at // PER_EPOCH for at in range(len(excerpt.scored))]
    return [
        (scored, stages[at] if at < len(stages) else "unknown")
        for scored, at in zip(excerpt.scored, places, strict=True)
    ]


def _staged(samples: NDArray[np.float32], rate_hz: float) -> list[str]:
    # Here and not above: an optional library that takes seconds to load.
    mne: Any = importlib.import_module("mne")
    yasa: Any = importlib.import_module("yasa")
    mne.set_log_level("ERROR")
    raw = mne.io.RawArray(samples[None].astype(np.float64) * 1e-6, mne.create_info([CHANNEL], rate_hz, "eeg"))
    predicted = yasa.SleepStaging(raw, eeg_name=CHANNEL).predict()
    return [_NAMES[str(stage)] for stage in getattr(predicted, "hypno", predicted)]
