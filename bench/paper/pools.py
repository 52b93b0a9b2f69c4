"""Windows of simulated patients, gathered until there are enough, and drawn from into a set's parts."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from scipy.signal import resample_poly

from models.datasets.windowset import Floats
from models.datasets.windowset_writer import Writer
from models.errors import DataError


@dataclass(slots=True)
class Pool:
    """Windows found so far, of both classes."""

    windows: list[Floats] = field(default_factory=list)
    labels: list[Floats] = field(default_factory=list)
    stages: list[NDArray[np.uint8]] = field(default_factory=list)
    subjects: list[NDArray[np.int64]] = field(default_factory=list)

    def add(self, windows: Floats, labels: Floats, stages: NDArray[np.uint8], subject: int) -> None:
        """Add windows (n, rows, length) of a patient; those labelled NaN are left out."""
        kept = ~np.isnan(labels)
        self.windows.append(windows[kept])
        self.labels.append(labels[kept])
        self.stages.append(stages[kept])
        self.subjects.append(np.full(int(kept.sum()), subject))

    def lacks(self, positives: int, negatives: int) -> bool:
        """Whether there are fewer of either class."""
        found = sum(int(labels.sum()) for labels in self.labels)
        return found < positives or sum(map(len, self.labels)) - found < negatives


def write(writer: Writer, pool: Pool, sizes: Mapping[str, tuple[int, int]], decimate: int) -> None:
    """Write so many positives and negatives of a pool for each split, drawn at random, patient by patient."""
    labels, all_windows = np.concatenate(pool.labels).astype(np.uint8), np.concatenate(pool.windows)
    stages, subjects = np.concatenate(pool.stages), np.concatenate(pool.subjects)
    for split, at in _drawn(labels, sizes).items():
        windows = all_windows[at]
        if decimate > 1:
            windows = resample_poly(windows, 1, decimate, axis=2).astype(np.float32)
            windows = windows[:, :, : writer.header.window_samples]
        for subject in np.unique(subjects[at]):
            own = subjects[at] == subject
            name = f"sim-{subject}"
            writer.add(
                windows[own], labels[at][own], np.zeros(int(own.sum())), subject=name, recording=name, group="one",
                montage="own", split=split, stages=stages[at][own],
            )  # fmt: skip


def _drawn(labels: NDArray[np.uint8], sizes: Mapping[str, tuple[int, int]]) -> dict[str, NDArray[np.int64]]:
    """Draw so many positives and negatives for each split, no window twice: ascending numbers."""
    rng = np.random.default_rng(0)
    left = {label: rng.permutation(np.flatnonzero(labels == label)) for label in (1, 0)}
    drawn = {}
    for split, size in sizes.items():
        taken = [left[label][:count] for label, count in zip((1, 0), size, strict=True)]
        if short := [count - len(found) for count, found in zip(size, taken, strict=True) if len(found) < count]:
            raise DataError(f"{short[0]} windows too few were simulated; take a smaller --scale or --test-scale")
        left = {label: left[label][count:] for label, count in zip((1, 0), size, strict=True)}
        drawn[split] = np.sort(np.concatenate(taken))
    return drawn
