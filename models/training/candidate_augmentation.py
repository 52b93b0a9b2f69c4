"""Candidates varied as they come live: judged early and late, of either polarity, with electrodes missing."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from models.datasets.windowset import Floats, Header, Indices
from models.errors import TrainingError
from models.networks.candidate_window import BEFORE, EARLIEST, ROWS, WINDOW
from models.training.spectral_augmentation import augment_spectrum

# Shares and gain are choices of ours, no others were tried.
FLIPPED: Final = 0.3
"""Share of candidates that change sides. Discharges are mostly negative, which is evidence, but not in all people."""
LACKING, MISSING = 0.15, 0.2
"""Share of candidates that lack rows, and the share of rows that such a one lacks."""
ALONE, ABSENT = 0.15, 0.5
"""Share of candidates that lack other groups, and the share of those: a cap of few electrodes, a group refused."""
BEGUN: Final = 0.1
"""Share of candidates before which the recording has only just begun, or gone on after a gap."""
SOONEST: Final = 16
"""Samples between such a beginning and the peak at the least: a detector's first window sees no peak before."""
GAIN: Final = 0.1
RECOLOURED: Final = 0.7
"""Share of candidates whose spectrum, gains and noise are varied too, where that is asked for."""
ROW_GAINS: Final = 0.15
"""Standard deviation of the log gain of a row then; less than for a detector, since a verifier judges by fields."""
# Apart from the streams of samplers (1 to 3), augmentation (4), LSUV (5) and mining (6), which share the seed.
_STREAM: Final = 7


@dataclass(frozen=True, slots=True)
class Candidate:
    """Vary each candidate; a function of seed, epoch and batch.

    `recoloured_hz`: at which rate spectra are varied too (`models.training.spectral_augmentation`), 0 for not at all.
    """

    seed: int
    recoloured_hz: float = 0.0

    def __call__(self, windows: Floats, indices: Indices, epoch: int, batch: int) -> Floats:  # noqa: ARG002
        """Return windows (n, rows, WINDOW) varied."""
        rng = np.random.default_rng([self.seed, _STREAM, epoch, batch])
        count, rows = windows.shape[:2]
        sign = np.where(rng.random(count) < FLIPPED, -1.0, 1.0) * np.exp(GAIN * rng.normal(size=count))
        missing = (rng.random((count, rows)) < MISSING) & (rng.random((count, 1)) < LACKING)
        missing |= np.repeat(_absent(rng, count, rows // ROWS), ROWS, axis=1)
        # A suspected group without any derivation has no label to learn.
        missing[missing[:, :ROWS].all(axis=1)] = False
        varied: Floats = windows * sign.astype(np.float32)[:, None, None]
        varied[missing] = 0
        if self.recoloured_hz:
            some = rng.random(count) < RECOLOURED
            varied[some] = augment_spectrum(varied[some], rng, self.recoloured_hz, ROW_GAINS)
        # What has not come yet is zero, as live: the network shall answer at any time after the peak.
        come = rng.integers(EARLIEST, WINDOW - BEFORE + 1, size=(count, 1))
        varied[np.broadcast_to((np.arange(WINDOW) >= BEFORE + come)[:, None], varied.shape)] = 0
        # So is what lies before the recording's beginning.
        begun = rng.integers(BEFORE - SOONEST, size=(count, 1)) * (rng.random((count, 1)) < BEGUN)
        varied[np.broadcast_to((np.arange(WINDOW) < begun)[:, None], varied.shape)] = 0
        return varied


def _absent(rng: np.random.Generator, count: int, groups: int) -> NDArray[np.bool_]:
    """Draw which groups (count, groups) are not there; the suspected one, the first, always is."""
    absent = (rng.random((count, groups)) < ABSENT) & (rng.random((count, 1)) < ALONE)
    absent[:, 0] = False
    return absent


def for_windows(header: Header, seed: int, *, spectral: bool = False) -> Candidate:
    """Return the augmentation for a set of candidates, of their spectra too if so asked.

    Raises
    ------
    TrainingError
        if its windows are none
    """
    if header.window_samples != WINDOW or header.channels % ROWS:
        raise TrainingError(
            f"recipe: augmentation 'candidate' needs candidates of groups of {ROWS} rows and {WINDOW} samples; the set "
            f"has {header.channels} rows and {header.window_samples} samples: make it with --candidates-of"
        )
    return Candidate(seed, header.rate_hz if spectral else 0.0)
