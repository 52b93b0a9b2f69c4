"""A window set of 20 GB that takes hardly any disk, and a process that trains on it and reports its memory.

Part of `bench.training`; as a command, `python -m bench.memory FOLDER` prints batches and peak resident set in KiB.
"""

import sys
from pathlib import Path
from typing import Final

import numpy as np
from numpy.lib import format as npy

from models.datasets import windowset
from models.datasets.splits import Part
from models.datasets.windowset import COLUMNS, WINDOWS, Header
from models.datasets.windowset_writer import Writer
from models.training.recipe import Recipe
from models.training.trainer import train

# 5.5 million windows of 5 * 192 float32 are 21 GB, far above what the training may take of memory.
COUNT, CHANNELS, SAMPLES = 5_500_000, 5, 192
POSITIVES: Final = 400
VALIDATION: Final = 1_000
BATCH, BATCHES = 64, 300


def write(folder: Path) -> int:
    """Write an empty set, then enlarge its files to windows, nearly all of them zero; return its size in bytes."""
    with Writer(folder, Header("zeros", CHANNELS, SAMPLES, 128.0)) as writer:
        none = np.empty((0, CHANNELS, SAMPLES), np.float32)
        writer.add(none, np.empty(0, int), np.empty(0), subject="s", recording="r", group="g", montage="scalp")
    grow(folder / WINDOWS, "float32", (COUNT, CHANNELS, SAMPLES))
    for name, kind in COLUMNS.items():
        grow(folder / f"{name}.npy", kind, (COUNT,))
    labels = np.load(folder / "label.npy", mmap_mode="r+")
    labels[:: COUNT // POSITIVES] = 1
    windows = np.load(folder / WINDOWS, mmap_mode="r+")
    windows[:: COUNT // POSITIVES, 2, 90:96] = 50.0
    return (folder / WINDOWS).stat().st_size


def grow(path: Path, dtype: str, shape: tuple[int, ...]) -> None:
    """Enlarge an .npy file to a shape; what is added reads as zeros and takes no blocks on the disk."""
    with path.open("r+b") as file:
        header = {"descr": npy.dtype_to_descr(np.dtype(dtype)), "fortran_order": False, "shape": shape}
        npy.write_array_header_1_0(file, header)
        file.truncate(file.tell() + int(np.prod(shape)) * np.dtype(dtype).itemsize)


def main() -> None:
    """Train on negatives from all over the set."""
    folder = Path(sys.argv[1])
    ws = windowset.load(folder)
    numbers = np.arange(COUNT)
    parts = {"train": Part(ws, numbers), "validation": Part(ws, numbers[:: COUNT // VALIDATION])}
    recipe = Recipe.plain("bce").changed(
        {
            "parameters": {"width": 48},
            "epochs": 1,
            "batch_windows": BATCH,
            # As many negatives as fill the batches, drawn from all over the file.
            "sampling_ratio": BATCHES * BATCH / COUNT,
            "collapse_epochs": 0,
        }
    )
    record = train(parts, recipe, folder / "run", device="cpu").history[-1]
    batches = -(-(record.negatives + len(numbers[:: COUNT // POSITIVES])) // BATCH)
    print(batches, peak_kib())


def peak_kib() -> int:
    """Return this process's peak resident set; `getrusage` would count that of the process it was started from."""
    # VmHWM is this process's own peak.
    status = Path("/proc/self/status").read_text(encoding="ascii").split()
    return int(status[status.index("VmHWM:") + 1])


if __name__ == "__main__":
    main()
