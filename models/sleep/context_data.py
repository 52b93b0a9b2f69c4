"""Features with stages to fit on: simulated sleepers, and people who are awake."""

from pathlib import Path
from typing import Final, NamedTuple

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from models.readers.recording import read
from models.signal.montage import Group, Montage
from models.signal.offline import condition
from models.simulate.hypnogram import EPOCH_S
from models.simulate.sleeper import sleeper
from models.sleep.features import EPOCH_SEGMENTS, RATE_HZ, SEGMENT_SAMPLES, STEP_S, RunningFeatures, measure

Float32 = NDArray[np.float32]

EPOCHS: Final = 80
"""Of 30 s: each sleeper is seen for 40 min, from any stage on, as a recording may begin."""
UNIT_UNKNOWN_EVERY: Final = 5
"""Of so many sleepers one has no amplitudes."""
SETTLING_S: Final = 5
# Referential and bipolar, near and far: what a derivation of sleep or of a chain may be.
_DERIVATIONS: Final = (
    ("C3", ""),
    ("C4", ""),
    ("Cz", ""),
    ("O1", ""),
    ("F3", "P3"),
    ("F4", "P4"),
    ("C3", "O1"),
    ("Fz", "Pz"),
)


class Labelled(NamedTuple):
    """Features (n, FEATURES) of one person in the order of time, and places in STAGES (n,)."""

    features: NDArray[np.float64]
    stages: NDArray[np.int64]


def features_of(row: Float32, *, microvolts: bool) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Return the features (n, FEATURES) of a derivation (samples,) and the second at which each epoch ends (n,)."""
    measures = measure(sliding_window_view(row, SEGMENT_SAMPLES)[::RATE_HZ].copy()).astype(np.float64)
    return follow(measures, microvolts=microvolts)


def follow(measures: NDArray[np.float64], *, microvolts: bool) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Return the features (n, FEATURES) of one measure a second (seconds - 1, MEASURES), and the ends of the epochs."""
    running, step = RunningFeatures(), round(STEP_S)
    ends = np.arange(EPOCH_SEGMENTS + 1, len(measures) + 2, step)
    found = [running.next(measures[e - EPOCH_SEGMENTS - 1 : e - 1], microvolts=microvolts) for e in ends]
    return np.array(found), ends


def sleepers(first: int, count: int, *, width: float = 1.0) -> list[Labelled]:
    """Draw simulated sleepers, from ranges so many times as wide; the stage of an epoch is that of its middle."""
    drawn = []
    for number in range(count):
        night = sleeper(first + number, EPOCHS, width=width)
        known = number % UNIT_UNKNOWN_EVERY != UNIT_UNKNOWN_EVERY - 1
        features, ends = features_of(night.samples, microvolts=known)
        drawn.append(Labelled(features, night.stages[((ends - EPOCH_S / 2) // EPOCH_S).astype(int)]))
    return drawn


def awake(folder: Path) -> list[Labelled]:
    """Return derivations of recordings of people who are awake: all files of EDF in a folder, 19 electrodes each."""
    found = []
    for path in sorted(folder.glob("*.edf")):
        recording = read(path)
        labels = [label.removeprefix("EEG ") for label in recording.labels]
        made = condition(recording.samples, recording.rate_hz, _montage(labels))
        for row in made.samples[: len(_DERIVATIONS)]:
            features, ends = features_of(row[SETTLING_S * RATE_HZ :], microvolts=True)
            found.append(Labelled(features, np.zeros(len(ends), np.int64)))
    return found


def _montage(labels: list[str]) -> Montage:
    rows = -(-len(_DERIVATIONS) // 5) * 5  # groups have five
    matrix = np.zeros((rows, len(labels)))
    for row, (plus, minus) in enumerate(_DERIVATIONS):
        matrix[row, labels.index(plus)] = 1
        if minus:
            matrix[row, labels.index(minus)] = -1
    groups = tuple(Group(f"rows from {at}", tuple(f"row {at + k}" for k in range(5))) for at in range(0, rows, 5))
    return Montage(groups, tuple(range(len(labels))), matrix, {})
