"""A scalp recording with marks, and the windows of its groups."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy import signal

from models.datasets.annotations import Choice, Labelled, Mark, StageSpan
from models.datasets.windowing import cut_groups
from models.datasets.windowset import Header, WindowSet, load
from models.datasets.windowset_writer import Writer
from models.datasets.writing import Cut
from models.readers.contract import in_memory
from models.readers.recording import Recording

SCALP = ("Fp1", "F7", "T3", "T5", "O1", "F3", "C3", "P3", "Fz", "Cz", "Pz", "C4", "Fp2", "F8", "T4", "T6", "O2", "A1")
IED = Choice("ied", frozenset({"ied"}), frozenset({"bckg"}))
# Not a multiple of 128, so that resampling is part of what is tested.
RATE_HZ = 250.0
GROUPS = Header("test", channels=5, window_samples=192, rate_hz=128.0)
ROWS = Header("test", channels=1, window_samples=250, rate_hz=250.0)


def background(seconds: float, seed: int = 0) -> NDArray[np.float32]:
    """Return (18, n) reddish noise of about 10 uV."""
    white = np.random.default_rng(seed).normal(size=(len(SCALP), int(seconds * RATE_HZ)))
    return (10.0 * signal.lfilter([0.4], [1.0, -0.9], white)).astype(np.float32)


def spike(samples: NDArray[np.float32], electrode: str, time_s: float) -> None:
    """Add a sharp wave of 300 uV, 70 ms wide, its peak at a time."""
    times_s = np.arange(samples.shape[1]) / RATE_HZ - time_s
    samples[SCALP.index(electrode)] += (300 * np.exp(-0.5 * (times_s / 0.015) ** 2)).astype(np.float32)


def labelled(samples: NDArray[np.float32], *marks: Mark, complete: bool = True, unit: str = "uV") -> Labelled:
    """Wrap samples and marks; the patient sleeps from 10 s on."""
    count = len(samples)
    recording = Recording(samples, RATE_HZ, SCALP, (unit,) * count, ("",) * count)
    stages = (StageSpan(0.0, 10.0, "W"), StageSpan(10.0, 5.0, "N2"))
    return Labelled(in_memory(recording), "a_1", "anna", marks, stages, "train", complete)


def cut(folder: Path, what: Labelled, header: Header = GROUPS, **how: float) -> tuple[WindowSet, Cut]:
    """Cut groups of the scalp montage."""
    with Writer(folder / "set", header) as writer:
        counts = cut_groups(what, IED, writer, montage="scalp", **how)
    return load(folder / "set"), counts


def starts(ws: WindowSet, group: str, label: int) -> list[float]:
    """Return where windows of a group with a label begin."""
    chosen = (ws.group == ws.header.groups.index(group)) & (ws.label == label)
    return [float(start) for start in ws.start_s[chosen]]
