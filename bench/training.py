"""Question: is training as fast as a plain PyTorch loop, and does its memory stay small however large the set is?

Method: windows of noise on disk; every network is trained for an epoch by `models.training` and by a plain loop over
a DataLoader (no workers, and two) with the same network, optimiser, clipping and float32, in turn in one process,
every second round backwards, and by `models.training` in bfloat16, which is what a user may choose. Each epoch counts
from its first batch's read to its last step, starting the DataLoader's workers included; each is measured as often as
`rounds` says. Memory: the largest resident set of a child process that trains sc-small on hundreds of batches from
all over a sparse set of 20 GB.
Command: python -m bench.training [--json bench/results/training.json]
"""

import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.functional import binary_cross_entropy_with_logits
from torch.utils.data import DataLoader, Dataset

from bench import memory
from bench.command_line import command_line
from bench.machine import ROOT, publish
from models.datasets import windowset
from models.datasets.splits import Part
from models.datasets.windowset import Header, WindowSet
from models.datasets.windowset_writer import Writer
from models.networks.sc import SC
from models.training import optimisers
from models.training.recipe import Recipe
from models.training.recipe_values import Precision
from models.training.trainer import train

CHANNELS: Final = 5
RATE: Final = 1e-3  # any: time does not depend on it, as long as nothing diverges
VALIDATION: Final = 8  # windows; a training must have some, and they are outside of the time that counts


@dataclass(frozen=True, slots=True)
class Case:
    """A network and how much of it is trained at a time."""

    name: str
    width: int
    samples: int
    batch: int
    batches: int
    rounds: int


# Few batches of many windows and many rounds: a round is short, so that the machine's drift cancels between ways.
CASES: Final = (
    Case("sc-small", 48, 192, 128, 10, 9),
    Case("sc", 256, 192, 64, 2, 9),
    Case("sc of the paper", 256, 768, 16, 2, 7),
)


class Windows(Dataset[tuple[Tensor, Tensor]]):
    """A mapped window set as a plain loop would read it."""

    def __init__(self, folder: Path) -> None:
        self._windows = np.load(folder / "windows.npy", mmap_mode="r")
        self._labels = np.load(folder / "label.npy").astype(np.float32)

    def __len__(self) -> int:
        return len(self._labels)

    def __getitem__(self, number: int) -> tuple[Tensor, Tensor]:
        """Copy one window (channels, samples) and its label."""
        return torch.from_numpy(np.array(self._windows[number])), torch.tensor(self._labels[number])


@dataclass(slots=True)
class Speeds:
    """Windows per second of each way, a figure a round."""

    each: dict[str, list[float]] = field(default_factory=dict)

    def add(self, way: str, windows_per_s: float) -> None:
        """Add the figure of a round."""
        self.each.setdefault(way, []).append(windows_per_s)

    def summaries(self) -> dict[str, Any]:
        """Return median and range of each way, and ours over each other way's, round by round."""
        ours = self.each["ours"]
        return {
            "windows_per_s": {way: summary(figures, 1) for way, figures in self.each.items()},
            "ours_over": {
                way: summary([a / b for a, b in zip(ours, figures, strict=True)], 3)
                for way, figures in self.each.items()
                if way.startswith("plain")
            },
        }


def summary(figures: Sequence[float], digits: int) -> dict[str, float]:
    """Return median, least and largest."""
    return {
        "median": round(float(np.median(figures)), digits),
        "least": round(min(figures), digits),
        "largest": round(max(figures), digits),
    }


def compared(case: Case, scratch: Path) -> dict[str, Any]:
    """Measure all ways of training a case, in turn."""
    ws = _noise(scratch / "set", case)
    ways: dict[str, Callable[[], float]] = {
        "ours": lambda: ours(ws, case, scratch, "fp32"),
        "plain, 0 workers": lambda: plain(ws, case, 0),
        "plain, 2 workers": lambda: plain(ws, case, 2),
        "ours, bf16": lambda: ours(ws, case, scratch, "bf16"),
    }
    plain(ws, case, 0)
    speeds = Speeds()
    for number in range(case.rounds):
        # Every second round backwards: none of them always runs on the processor that the one before it has heated.
        for way in list(ways)[:: -1 if number % 2 else 1]:
            speeds.add(way, ways[way]())
    shape = {"width": case.width, "channels": CHANNELS, "samples": case.samples, "batch": case.batch}
    return {"network": case.name, **shape, "batches": case.batches, "rounds": case.rounds, **speeds.summaries()}


def _noise(folder: Path, case: Case) -> WindowSet:
    rng = np.random.default_rng(0)
    count = case.batch * case.batches
    windows = rng.normal(size=(count, CHANNELS, case.samples)).astype(np.float32)
    with Writer(folder, Header("noise", CHANNELS, case.samples, 128.0)) as writer:
        labels, none = np.arange(count) % 2, np.zeros(count)
        writer.add(windows, labels, none, subject="s", recording="r", group="g", montage="scalp")
    return windowset.load(folder)


def ours(ws: WindowSet, case: Case, scratch: Path, precision: Precision) -> float:
    """Train an epoch with `models.training`; return windows per second."""
    recipe = Recipe.plain("bce").changed(
        {
            "parameters": {"width": case.width},
            "epochs": 1,
            "batch_windows": case.batch,
            "learning_rate": RATE,
            "initialisation": "torch",
            "precision": precision,
        }
    )
    parts = {"train": Part(ws, np.arange(len(ws))), "validation": Part(ws, np.arange(VALIDATION))}
    with tempfile.TemporaryDirectory(dir=scratch) as folder:
        return train(parts, recipe, Path(folder), device="cpu").history[-1].windows_per_s


def plain(ws: WindowSet, case: Case, workers: int) -> float:
    """Train an epoch with a DataLoader; return windows per second."""
    network = SC(CHANNELS, case.samples, width=case.width).train()
    optimiser = optimisers.build("sgd", network)
    optimisers.set_learning_rate(optimiser, RATE)
    loader = DataLoader(Windows(ws.folder), case.batch, shuffle=True, num_workers=workers)
    began_s = time.monotonic()
    for windows, labels in loader:
        loss = binary_cross_entropy_with_logits(network(windows), labels)
        optimiser.zero_grad()
        torch.autograd.backward(loss)
        nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimiser.step()
    return len(ws) / (time.monotonic() - began_s)


def peak_memory(scratch: Path) -> dict[str, Any]:
    """Train in a child process on a set of 20 GB; return its peak memory."""
    folder = scratch / "large"
    size = memory.write(folder)
    # In a process of its own: this one has held other networks and other sets before.
    command = [sys.executable, "-m", "bench.memory", str(folder)]
    output = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True).stdout
    batches, kib = (int(word) for word in output.split())
    return {"set_gb": round(size / 1e9, 1), "batches": batches, "peak_gb": round(kib * 1024 / 1e9, 3)}


def main() -> None:
    """Measure and print."""
    parser = command_line("bench.training", __doc__)
    options = parser.parse_args()
    found = []
    for case in CASES:
        with tempfile.TemporaryDirectory() as scratch:
            found.append(compared(case, Path(scratch)))
    with tempfile.TemporaryDirectory() as scratch:
        result = {"threads": torch.get_num_threads(), "speed": found, "memory": peak_memory(Path(scratch))}
    publish("training", result, options.json)


if __name__ == "__main__":
    main()
