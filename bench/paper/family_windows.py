"""Windows of simulated patients as the papers cut theirs: at the recording's own rate, one derivation or one lead.

`models.simulate.windows` cuts what this project's detectors are trained on, at 128 Hz; the ratios that make a window
positive or negative are those of that module.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from models.datasets.windowset import STAGE_CODES, Floats
from models.signal.conditioning import Conditioner
from models.signal.montage import Montage
from models.signal.offline import condition
from models.simulate.truth import Simulated
from models.simulate.windows import NEGATIVE_RATIO, POSITIVE_RATIO

# Shares of a window, and seconds, that `models.signal.window_geometry` and `models.simulate.windows` have at 128 Hz.
EARLIEST, LATEST = 1 / 12, 11 / 12
SEARCH_S: Final = 6 / 128
AROUND_S: Final = 2.0
CLEAR_S: Final = 1 / 16


@dataclass(frozen=True, slots=True)
class Conditioned:
    """A simulated recording at its own rate, conditioned.

    `samples` and `valid` (rows, n); `peaks` (ieds,) where discharges stand; `ratios` (rows, ieds) how far they stand
    out of their derivation's background; `events` (m, 2) from where to where something lies that may pass for one.
    """

    samples: Floats
    valid: NDArray[np.bool_]
    peaks: NDArray[np.int64]
    ratios: NDArray[np.float64]
    events: NDArray[np.int64]
    simulated: Simulated

    @property
    def rate_hz(self) -> float:
        """Samples a second."""
        return self.simulated.rate_hz

    def windows(self, rows: slice, starts: NDArray[np.int64], length: int) -> Floats:
        """Copy the windows (n, rows, length) that begin at `starts` (n,)."""
        found: Floats = self.samples[rows][:, starts[:, None] + np.arange(length)].transpose(1, 0, 2)
        return found

    def stages_at(self, at: NDArray[np.int64]) -> NDArray[np.uint8]:
        """Return the codes of the stages (n,) at samples (n,) from the piece's first."""
        spans = self.simulated.stages
        found = np.searchsorted([span.end - self.simulated.first for span in spans[:-1]], at, side="right")
        return np.array([STAGE_CODES.index(span.stage) for span in spans], np.uint8)[found]


def conditioned(simulated: Simulated, montage: Montage) -> Conditioned:
    """Condition a simulated piece, 1 to 50 Hz, and find its discharges in it."""
    rate_hz = simulated.rate_hz
    whole = condition(simulated.samples, rate_hz, montage, model_rate_hz=rate_hz)
    # Filters are linear: the difference is the conditioned discharges alone.
    bare = condition(simulated.samples - simulated.discharges, rate_hz, montage, model_rate_hz=rate_hz)
    delay = round(Conditioner(montage, rate_hz, model_rate_hz=rate_hz).delay_s() * rate_hz)
    placed = np.array([ied.peak - simulated.first + delay for ied in simulated.ieds], np.int64)
    found = [_stands_out(whole.samples - bare.samples, bare.samples, int(at), rate_hz) for at in placed]
    ratios = np.array([ratio for _, ratio in found]).T.reshape(len(whole.samples), len(found))
    spans = [(c.onset - simulated.first + delay, c.end - simulated.first + delay) for c in simulated.confounders]
    peaks = np.array([peak for peak, _ in found], np.int64)
    events = np.array(spans, np.int64).reshape(len(spans), 2)
    return Conditioned(whole.samples, whole.valid, peaks, ratios, events, simulated)


def _stands_out(discharges: Floats, background: Floats, at: int, rate_hz: float) -> tuple[int, NDArray[np.float64]]:
    """Return where a discharge's peak stands, and its height (rows,) over each derivation's background."""
    search, around = round(SEARCH_S * rate_hz), round(AROUND_S * rate_hz)
    low, high = max(0, at - search), min(discharges.shape[1], at + search + 1)
    if high <= low:
        return at, np.zeros(len(discharges))
    near = np.abs(discharges[:, low:high])
    rms = background[:, max(0, at - around) : at + around].std(axis=1)
    # 1e-6: a derivation that is flat has no background to divide by.
    return low + int(near.max(axis=0).argmax()), near.max(axis=1) / np.maximum(rms, 1e-6)


def labels_at(track: Conditioned, rows: slice, starts: NDArray[np.int64], length: int) -> Floats:
    """Label windows that begin at `starts` (n,): 1, 0, or NaN for those to leave out."""
    offset = track.peaks[None, :] - starts[:, None]
    ratio = track.ratios[rows].max(axis=0)[None, :]
    inside = (offset >= EARLIEST * length) & (offset < LATEST * length)
    clear = round(CLEAR_S * track.rate_hz)
    positive = (inside & (ratio >= POSITIVE_RATIO)).any(axis=1)
    near = ((offset >= -clear) & (offset < length + clear) & (ratio > NEGATIVE_RATIO)).any(axis=1)
    labels: Floats = np.where(positive, 1.0, np.where(near, np.nan, 0.0)).astype(np.float32)
    usable = [bool(track.valid[rows, start : start + length].all()) for start in starts]
    labels[~np.array(usable, bool)] = np.nan
    return labels


def eventful(track: Conditioned, starts: NDArray[np.int64], length: int) -> NDArray[np.bool_]:
    """Return which windows (n,) hold something that may pass for a discharge: the counterpart of EYEM and ARTF."""
    begins, ends = track.events[:, 0], track.events[:, 1]
    touched = (begins[None] < starts[:, None] + length) & (ends[None] > starts[:, None])
    return np.asarray(touched.any(axis=1), bool)


def around_peaks(track: Conditioned, length: int, rng: np.random.Generator) -> NDArray[np.int64]:
    """Draw the start of a window that holds each discharge where a positive would; those over the ends are left out."""
    low, high = int(np.ceil(EARLIEST * length)), int(LATEST * length)
    starts = track.peaks - rng.integers(low, high, len(track.peaks))
    kept: NDArray[np.int64] = starts[(starts >= 0) & (starts <= track.samples.shape[1] - length)]
    return kept


def in_turn(track: Conditioned, length: int) -> NDArray[np.int64]:
    """Return the starts of windows that follow each other without overlap."""
    return np.arange(0, track.samples.shape[1] - length + 1, length)
