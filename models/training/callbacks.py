"""What a training reports while it runs: progress bars, TensorBoard and logs are callbacks."""

from dataclasses import dataclass, fields
from pathlib import Path
from typing import Final, Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from models.training.recipe import Recipe
from models.training.schedule import Phase, PlannedEpoch

Stopped = Literal["epochs done", "early", "collapsed"]


@dataclass(frozen=True, slots=True)
class Plan:
    """What is about to be trained.

    `positives` and `negatives` of the training part, `validation` windows, `network_parameters` numbers to be
    learned; `history` was trained before this process, and `done_batches` of the epoch after it.
    """

    recipe: Recipe
    folder: Path
    device: str
    network_parameters: int
    positives: int
    negatives: int
    validation: int
    epochs: tuple[PlannedEpoch, ...]
    history: "tuple[EpochRecord, ...]"
    done_batches: int

    @property
    def done_epochs(self) -> int:
        """Epochs trained before this process."""
        return len(self.history)


@dataclass(frozen=True, slots=True)
class EpochRecord:
    """One line of history.jsonl.

    `epoch` counts from 0 within its phase; `loss` is the mean over the epoch's windows and may be below zero;
    `negatives` were drawn; `train_f_beta` is of the training windows as they went through (with dropout), the six
    next fields of the validation part, at `threshold` where they need one. `seconds` hold training and validation,
    `windows_per_s` training alone.
    """

    # The names are keys of history.jsonl and of checkpoints on users' disks: renaming one makes both unreadable.

    phase: Phase
    epoch: int
    loss: float
    learning_rate: float
    negatives: int
    windows_per_s: float
    seconds: float
    train_f_beta: float
    f1: float
    f_beta: float
    precision: float
    recall: float
    auroc: float
    auprc: float
    # By default what it was before there was a choice: older checkpoints have no such key.
    threshold: float = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class EpochReport(EpochRecord):
    """An epoch's record, whether it is the best so far, and what the network made of the validation part.

    `probabilities` (n,) float32 and `labels` (n,) uint8 by ascending window number.
    """

    best: bool
    probabilities: NDArray[np.float32]
    labels: NDArray[np.uint8]

    def record(self) -> EpochRecord:
        """Return the line of history.jsonl alone."""
        return EpochRecord(**{field.name: getattr(self, field.name) for field in fields(EpochRecord)})


@dataclass(frozen=True, slots=True)
class Result:
    """How a training ended.

    `stopped` is "epochs done", "early" (validation no longer gets better) or "collapsed" (nothing is found any more),
    `reason` says it in a sentence. `best` is the epoch whose weights `best.safetensors` and `model/` hold; a run that
    collapsed before it found anything has no `model/`. `seconds` are those of all epochs together.
    """

    folder: Path
    stopped: Stopped
    reason: str
    best: EpochRecord
    history: tuple[EpochRecord, ...]

    @property
    def seconds(self) -> float:
        """Training and validation, all processes together."""
        return sum(record.seconds for record in self.history)

    @property
    def has_model(self) -> bool:
        """Whether the folder has a model."""
        # A run that collapsed late still has the good weights of an earlier epoch; they are worth a model.
        return self.stopped != "collapsed" or self.best.f_beta > 0


class Callback(Protocol):
    """Receives the progress of a training.

    `preparing` comes first, several times, then `began`. Methods run in the trainer's own thread and must return soon:
    the network waits for them. What one raises ends the training; its checkpoint stays.
    """

    def preparing(self, what: str, done: int, total: int) -> None:
        """Receive what is done before the first batch, and how many steps of it; 0 of them when it begins."""
        ...

    def began(self, plan: Plan) -> None:
        """Receive what is about to be trained, once in each process."""
        ...

    def batch(self, windows: int) -> None:
        """Receive how many windows the last batch had."""
        ...

    def epoch(self, report: EpochReport) -> None:
        """Receive how an epoch went, after it was checkpointed."""
        ...

    def ended(self, result: Result) -> None:
        """Receive how the training ended; not called where an error ends it."""
        ...


class _Silent:
    """Does nothing."""

    def preparing(self, what: str, done: int, total: int) -> None:
        """Do nothing."""

    def began(self, plan: Plan) -> None:
        """Do nothing."""

    def batch(self, windows: int) -> None:
        """Do nothing."""

    def epoch(self, report: EpochReport) -> None:
        """Do nothing."""

    def ended(self, result: Result) -> None:
        """Do nothing."""


SILENT: Final[Callback] = _Silent()
