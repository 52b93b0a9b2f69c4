"""A simulated, highly imbalanced window set with patients of its own for training, validation and testing.

Stands in for the paper's ICM sets (2 to 13 % positives, one patient each) and TUEV (1 %), which cannot be shared.
Positives stand out of the group's background at least `PROMINENCE` times; fainter discharges are in no window. Windows
are 1.5 s of 5 derivations, decimated to 64 Hz so that hundreds of trainings fit in an hour of one core: what lies
above 32 Hz is lost, which the sharpest spikes have some of.
"""

import dataclasses
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy.signal import resample_poly

from models.datasets import windowset
from models.datasets.windowset import Floats, Header, Indices, WindowSet, is_windowset
from models.datasets.windowset_writer import Writer
from models.signal.conditioning import MODEL_RATE_HZ
from models.signal.montage import ROWS
from models.signal.window_geometry import WINDOW_SAMPLES
from models.simulate.truth import Layout
from models.simulate.windows import Piece, Track, draw_track, pieces

SPLITS: Final = ("train", "validation", "test")
PATIENTS: Final = {"train": 250, "validation": 150, "test": 250}
WINDOWS: Final = {"train": 5000, "validation": 3000, "test": 10000}
FIRST_PATIENT: Final = 800_000_000  # below the patients that evaluations hold out
PROMINENCE: Final = 6.0  # times the background; fainter ones would make the labels the hard part, not the imbalance
SECONDS: Final = 30.0  # many short patients teach more than few long ones
PER_IED, PER_GROUP, PER_LOOKALIKE = 1, 10, 1  # windows cut around each discharge and look-alike, and anywhere
DECIMATION: Final = 2
LAYOUTS: Final[tuple[Layout, ...]] = ("depth", "scalp")


def design() -> dict[str, Any]:
    """Return what a set is made of, for the result."""
    return {
        "patients": PATIENTS,
        "windows": WINDOWS,
        "channels": ROWS,
        "samples": WINDOW_SAMPLES // DECIMATION,
        "rate_hz": MODEL_RATE_HZ / DECIMATION,
        "prominence": PROMINENCE,
    }


def imbalanced(folder: Path, share: float) -> WindowSet:
    """Return the set with a `share` of positives in each part; made in `folder` unless it is there."""
    if not is_windowset(folder):
        header = Header("simulated", ROWS, WINDOW_SAMPLES // DECIMATION, MODEL_RATE_HZ / DECIMATION)
        with Writer(folder, header) as writer:
            for number, split in enumerate(SPLITS):
                # A thousand apart: no patient is in two parts.
                windows, labels = _pool(split, FIRST_PATIENT + 1000 * number)
                at = chosen(labels, WINDOWS[split], share, number)
                _add(writer, windows[at], labels[at], split)
    return windowset.load(folder)


def _add(writer: Writer, windows: Floats, labels: NDArray[np.uint8], split: str) -> None:
    none = np.zeros(len(windows))
    writer.add(windows, labels, none, subject=split, recording=split, group="any", montage="any", split=split)


def chosen(labels: NDArray[np.uint8], count: int, share: float, seed: int) -> Indices:
    """Draw `count` windows, a `share` of them positive: ascending numbers (count,).

    Raises
    ------
    ValueError
        if there are too few of either kind
    """
    rng = np.random.default_rng(seed)
    wanted = {1: round(share * count), 0: count - round(share * count)}
    drawn = [rng.permutation(np.flatnonzero(labels == label))[:number] for label, number in wanted.items()]
    found: Indices = np.sort(np.concatenate(drawn))
    if len(found) < count:
        raise ValueError(f"{len(found)} windows where {count} are wanted: simulate more patients")
    return found


def decimated(windows: Floats) -> Floats:
    """Halve the rate of windows (n, channels, samples), what lies above the new limit filtered out before."""
    slow: Floats = resample_poly(windows, 1, DECIMATION, axis=2).astype(np.float32)
    return slow


def prominent(track: Track) -> Track:
    """Return a track of which only prominent discharges make windows positive; fainter ones make no window negative."""
    # 1: between the ratios of negative and positive windows, so that such a window gets no label.
    faint = np.minimum(track.ratios, 1.0)
    return dataclasses.replace(track, ratios=np.where(track.visible >= PROMINENCE, track.ratios, faint))


def _pool(split: str, first: int) -> tuple[Floats, NDArray[np.uint8]]:
    """Simulate a split's patients: windows (n, 5, 96) and labels (n,)."""
    found = [piece for number in range(PATIENTS[split]) for piece in _patient(first + number)]
    labels = np.concatenate([piece.labels for piece in found]).astype(np.uint8)
    return np.concatenate([decimated(piece.windows) for piece in found]), labels


def _patient(seed: int) -> Iterator[Piece]:
    track = prominent(draw_track(seed, LAYOUTS[seed % 2], seconds=SECONDS, quiet=False))
    rng = np.random.default_rng([seed, 2])
    return pieces(track, rng, per_ied=PER_IED, per_group=PER_GROUP, per_lookalike=PER_LOOKALIKE)
