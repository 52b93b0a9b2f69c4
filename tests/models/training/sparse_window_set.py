"""A window set of several GB that takes hardly any disk, and the memory that training on it takes."""

import sys
from pathlib import Path

import numpy as np
import torch

from bench.memory import grow, peak_kib
from models.datasets import windowset
from models.datasets.splits import Part
from models.datasets.windowset import COLUMNS, Header
from models.datasets.windowset_writer import Writer
from models.training.recipe import Recipe
from models.training.trainer import train

WINDOWS, CHANNELS, SAMPLES = 1_000_000, 5, 192
POSITIVES, VALIDATION = 200, 2000


def write(folder: Path) -> None:
    """Write an empty set, then enlarge its files to a million windows, nearly all of them zero."""
    with Writer(folder, Header("test", CHANNELS, SAMPLES, 128.0)) as writer:
        none = np.empty((0, CHANNELS, SAMPLES), np.float32)
        writer.add(none, np.empty(0, np.int64), np.empty(0), subject="s", recording="r", group="g",
                   montage="scalp")  # fmt: skip
    grow(folder / "windows.npy", "float32", (WINDOWS, CHANNELS, SAMPLES))
    for name, kind in COLUMNS.items():
        grow(folder / f"{name}.npy", kind, (WINDOWS,))
    labels = np.load(folder / "label.npy", mmap_mode="r+")
    labels[:: WINDOWS // POSITIVES] = 1
    labels.flush()
    windows = np.load(folder / "windows.npy", mmap_mode="r+")
    windows[labels == 1, 2, 90:96] = 50.0


def main() -> None:
    """Train an epoch on a sparse set in folder argv[1] and print this process's largest memory in KiB."""
    folder = Path(sys.argv[1])
    torch.set_num_threads(1)
    ws = windowset.load(folder)
    numbers = np.arange(WINDOWS)
    parts = {"train": Part(ws, numbers), "validation": Part(ws, numbers[:: WINDOWS // VALIDATION])}
    recipe = Recipe.plain("bce").changed(
        {"parameters": {"width": 4, "blocks": 1}, "epochs": 2, "sampling_ratio": 0.004, "collapse_epochs": 0}
    )
    train(parts, recipe, folder / "run", device="cpu")
    # The kernel's own peak: what Python counts leaves torch and mapped pages out.
    sys.stdout.write(str(peak_kib()))


if __name__ == "__main__":
    main()
