"""What a training says while it runs: progress bars, TensorBoard and logs are watchers of it."""

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
    last fields of the validation part, at threshold 0.5 where they need one. `seconds` hold training and validation,
    `windows_per_s` training alone.
    """

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


@dataclass(frozen=True, slots=True)
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
        """Whether a model was handed over."""
        return self.stopped != "collapsed" or self.best.f_beta > 0


class Callback(Protocol):
    """Is told how a training goes, in the trainer's own thread; returns soon."""

    def began(self, plan: Plan) -> None:
        """Learn what is about to be trained."""
        ...

    def batch(self, windows: int) -> None:
        """Learn that so many windows more were trained on."""
        ...

    def epoch(self, report: EpochReport) -> None:
        """Learn how an epoch went, after it was checkpointed."""
        ...

    def ended(self, result: Result) -> None:
        """Learn how it ended; not called where an error ends it."""
        ...


class _Silent:
    """Watches nothing."""

    def began(self, plan: Plan) -> None:
        """Say nothing."""

    def batch(self, windows: int) -> None:
        """Say nothing."""

    def epoch(self, report: EpochReport) -> None:
        """Say nothing."""

    def ended(self, result: Result) -> None:
        """Say nothing."""


SILENT: Final[Callback] = _Silent()
