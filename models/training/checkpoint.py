"""The checkpoint: all that a training needs to continue as if it had never been killed.

One safetensors file, replaced whole: tensors "network.*", "best.*" (weights of the best epoch) and "optimiser.*",
"drawn" (the epoch's negatives, where they cannot be drawn again), "hard" (the negatives that mining found), and
everything else as JSON in its metadata.
"""

import json
import os
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final

from safetensors import SafetensorError, safe_open
from safetensors import torch as safetensors
from torch import Tensor

from models.errors import TrainingError
from models.training.callbacks import EpochRecord
from models.training.recipe import Recipe

CHECKPOINT, BEST, HISTORY, RECIPE = "checkpoint.safetensors", "best.safetensors", "history.jsonl", "recipe.json"
_STATE: Final = "spikewatch_training"
REMEDY: Final = "name another folder with --out, or remove this one to begin anew"


@dataclass(slots=True)
class StepSums:
    """Sums over the part of an epoch that is done; `seconds` of training."""

    batches: int = 0
    windows: int = 0
    loss: float = 0.0
    tp: int = 0
    fp: int = 0
    fn: int = 0
    seconds: float = 0.0

    def add(self, step: "StepSums") -> None:
        """Add a step's sums, but not its time."""
        # Time is measured over the whole epoch: it holds loading and callbacks too, which no step sees.
        self.batches += step.batches
        self.windows += step.windows
        self.loss += step.loss
        self.tp += step.tp
        self.fp += step.fp
        self.fn += step.fn


class CheckpointTimer:
    """Reports when the next checkpoint within an epoch is due."""

    def __init__(self, every_s: float) -> None:
        self._every_s = every_s
        self.restart()

    def is_due(self) -> bool:
        """Whether the last checkpoint was long enough ago."""
        # Monotonic: a wall clock that is set back would put checkpoints off by hours.
        return time.monotonic() - self._since_s >= self._every_s

    def restart(self) -> None:
        """Start the time anew, after a checkpoint."""
        self._since_s = time.monotonic()


@dataclass(slots=True)
class Progress:
    """How far a training has come: epochs done, and the sums of the one at work."""

    history: list[EpochRecord] = field(default_factory=list)
    sums: StepSums = field(default_factory=StepSums)


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """What is saved; `data` is the fingerprint of the windows trained on."""

    recipe: Recipe
    data: str
    progress: Progress
    tensors: Mapping[str, Tensor]

    def named(self, kind: str) -> dict[str, Tensor]:
        """Return the tensors of a kind ("network", "best", "optimiser") by their own names."""
        return {name.removeprefix(f"{kind}."): t for name, t in self.tensors.items() if name.startswith(f"{kind}.")}


def write(folder: Path, checkpoint: Checkpoint) -> None:
    """Save a checkpoint; a reader finds the old one or the new one at any instant."""
    # "tally" is the file's word for the sums: checkpoints on users' disks have it, and must stay readable.
    done = checkpoint.progress
    progress = {"history": [asdict(record) for record in done.history], "tally": asdict(done.sums)}
    state = {"data": checkpoint.data, "progress": progress, "recipe": checkpoint.recipe.to_json()}
    write_tensors(folder / CHECKPOINT, checkpoint.tensors, {_STATE: json.dumps(state)})


def read(folder: Path) -> Checkpoint | None:
    """Read a folder's checkpoint, None where there is none.

    Raises
    ------
    TrainingError
        if the file is not one of these
    """
    path = folder / CHECKPOINT
    if not path.exists():
        return None
    try:
        with safe_open(path, "pt") as file:
            state = json.loads(file.metadata()[_STATE])
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118  (it cannot be iterated)
        return Checkpoint(Recipe.from_json(state["recipe"]), state["data"], _progress(state["progress"]), tensors)
    except (OSError, SafetensorError, ValueError, TypeError, KeyError) as problem:
        raise TrainingError(f"{path}: cannot be read ({problem}); {REMEDY}") from None


def _progress(raw: dict[str, Any]) -> Progress:
    return Progress([EpochRecord(**record) for record in raw["history"]], StepSums(**raw["tally"]))


def check_same(folder: Path, found: Checkpoint, recipe: Recipe, data: str) -> None:
    """Raise TrainingError unless a checkpoint is of this recipe and these windows."""
    # Every key must agree, even those that only stop a training: a run whose rules changed halfway could not be
    # repeated.
    old, new = asdict(found.recipe), asdict(recipe)
    if changed := [f"{key} = {old[key]!r}, not {new[key]!r}" for key in old if old[key] != new[key]]:
        raise TrainingError(f"{folder}: was begun with another recipe ({'; '.join(changed)}); {REMEDY}")
    if found.data != data:
        raise TrainingError(f"{folder}: was begun with other windows; {REMEDY}")


def write_tensors(path: Path, tensors: Mapping[str, Tensor], metadata: dict[str, str] | None = None) -> None:
    """Write a safetensors file in place of an older one."""
    # Contiguous, because safetensors refuses views; on the CPU, so that a run can continue on another device.
    here = {name: tensor.detach().cpu().contiguous() for name, tensor in tensors.items()}
    replace(path, safetensors.save(here, metadata))


def copy_to_cpu(tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Return copies on the CPU that no later step changes."""
    return {name: tensor.detach().to("cpu", copy=True) for name, tensor in tensors.items()}


def history_lines(history: list[EpochRecord]) -> bytes:
    """Return the content of history.jsonl."""
    return "".join(json.dumps(asdict(record)) + "\n" for record in history).encode()


def replace(path: Path, content: bytes) -> None:
    """Write a file whole or not at all, even if the power fails."""
    partial = path.with_name(f"{path.name}.partial")
    with partial.open("wb") as file:
        file.write(content)
        file.flush()
        # Before the rename: some file systems write names before contents, and a power cut would leave an empty file.
        os.fsync(file.fileno())
    partial.replace(path)
    # The folder too: the rename itself is on disk only after this.
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
