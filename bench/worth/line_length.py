"""Line length: the simplest detector that is used on intracranial recordings.

The sum of absolute differences over a sliding window (Esteller, Echauz, Tcheng, Litt and Pless, EMBC 2001; for
discharges, 40 ms long, in Kleen-Lab/Linelength-spike-detector-PYTHON). A score is how many times the usual line length
of its derivation it is, the median over the recording. Differs from the Kleen lab's detector, which takes a percentile
of all line lengths of a recording: that calls the same share of every recording, with discharges or without.
"""

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import uniform_filter1d
from scipy.signal import find_peaks

from bench.worth.contract import APART_S, Scored, Shown, ranked_thresholds, scored
from models.signal.conditioning import MODEL_RATE_HZ

WINDOW_S: Final = 0.04
LEAST: Final = 1.5
"""Times the usual line length: below, nothing is an event at any threshold."""


class LineLength:
    """Peaks of the line length, relative to its median."""

    name = "line length"

    def __init__(self) -> None:
        self.about: dict[str, Any] = {"window_s": WINDOW_S}

    def detect(self, shown: Shown) -> Scored:
        """Find where the line length of some derivation peaks."""
        times = relative(shown.traces, shown.valid).max(axis=(0, 1))
        peaks, _ = find_peaks(times, height=LEAST, distance=max(1, round(APART_S * MODEL_RATE_HZ)))
        return scored(shown, shown.time_s(peaks), times[peaks].astype(np.float64))

    def thresholds(self, found: Sequence[Scored]) -> tuple[float, ...]:
        """Return thresholds by what was found where there is nothing to find."""
        return ranked_thresholds(found)


def relative(traces: NDArray[np.float32], valid: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Return the line length around each sample over its derivation's median: (groups, rows, m), 0 where not valid."""
    steps = np.abs(np.diff(traces.astype(np.float64), axis=2, prepend=traces[:, :, :1]))
    lengths = uniform_filter1d(steps, round(WINDOW_S * MODEL_RATE_HZ), axis=2, mode="constant")
    seen = np.where(valid[:, None, :], lengths, np.nan)
    # A group that is never valid has no median, an empty row none to divide by.
    there = valid.any(axis=1)
    usual = np.zeros(traces.shape[:2])
    usual[there] = np.nanmedian(seen[there], axis=2)
    usual = usual[:, :, None]
    ratios: NDArray[np.float64] = np.divide(lengths, usual, out=np.zeros_like(lengths), where=usual > 0)
    ratios[~np.broadcast_to(valid[:, None, :], ratios.shape)] = 0.0
    return ratios
