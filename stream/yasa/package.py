"""The one door to YASA (Vallat and Walker 2021, eLife 10:e70092), which is an extra: `pip install spikewatch[yasa]`."""

import importlib
import importlib.util
import warnings
from importlib.metadata import version
from typing import Any, Final

import numpy as np

from stream.records import Samples

# A central derivation against the mastoid of the other side is what YASA was trained on.
CHANNEL: Final = "C4-M1"
_NAMES: Final = ("WAKE", "N1", "N2", "N3", "REM")


def installed() -> str:
    """Return YASA's version, or an empty string; nothing of it is loaded."""
    return version("yasa") if importlib.util.find_spec("yasa") else ""


class Yasa:
    """YASA's classifier for one EEG derivation. Loading it takes seconds, and so does the first answer."""

    def __init__(self) -> None:
        warnings.filterwarnings("ignore")  # of its own scikit-learn and numba, a page for each call
        self._mne: Any = importlib.import_module("mne")
        self._yasa: Any = importlib.import_module("yasa")
        self._mne.set_log_level("ERROR")

    def __call__(self, samples: Samples, rate_hz: float) -> list[float]:
        """Return the probabilities of STAGES in the last epoch of a derivation (samples,) in microvolts."""
        info = self._mne.create_info([CHANNEL], rate_hz, "eeg")
        raw = self._mne.io.RawArray(samples[None].astype(np.float64) * 1e-6, info)
        probabilities = self._yasa.SleepStaging(raw, eeg_name=CHANNEL).predict().proba
        return [float(probabilities[name].iloc[-1]) for name in _NAMES]
