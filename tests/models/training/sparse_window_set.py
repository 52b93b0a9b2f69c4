"""A window set of several GB that takes hardly any disk, and the memory that training on it takes."""

import sys
from pathlib import Path

import numpy as np
import torch
from numpy.lib import format as npy

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
    # Grown by `truncate`: a hole in a sparse file reads as zeros and takes no blocks.
    _grow(folder / "windows.npy", "float32", (WINDOWS, CHANNELS, SAMPLES))
    for name, kind in COLUMNS.items():
        _grow(folder / f"{name}.npy", kind, (WINDOWS,))
    labels = np.load(folder / "label.npy", mmap_mode="r+")
    labels[:: WINDOWS // POSITIVES] = 1
    labels.flush()
    windows = np.load(folder / "windows.npy", mmap_mode="r+")
    windows[labels == 1, 2, 90:96] = 50.0


def _grow(path: Path, dtype: str, shape: tuple[int, ...]) -> None:
    with path.open("r+b") as file:
        header = {"descr": npy.dtype_to_descr(np.dtype(dtype)), "fortran_order": False, "shape": shape}
        npy.write_array_header_1_0(file, header)
        file.truncate(file.tell() + int(np.prod(shape)) * np.dtype(dtype).itemsize)


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
    # VmHWM, the kernel's own peak: what Python counts leaves torch and mapped pages out.
    status = Path("/proc/self/status").read_text(encoding="ascii").split()
    sys.stdout.write(status[status.index("VmHWM:") + 1])


if __name__ == "__main__":
    main()
