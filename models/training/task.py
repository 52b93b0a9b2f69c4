"""One training from a window set to its report: what `spikewatch train` does, and each trial of a search."""

from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from models.datasets import splits, windowset
from models.datasets.splits import By, Part
from models.errors import TrainingError
from models.networks.contract import context_samples
from models.reports import plots
from models.training import outcome as outcomes
from models.training import report
from models.training.batches import BatchLoader
from models.training.callbacks import SILENT, Callback, EpochReport, Plan, Result
from models.training.composite import CompositeCallback
from models.training.device import choose
from models.training.export import MODEL
from models.training.outcome import Figures, Outcome
from models.training.recipe import Recipe
from models.training.tensorboard import TensorBoard
from models.training.trainer import train
from models.training.validation import Predictor
from models.zoo import store

SEARCH: Final = "search.json"  # marks a folder whose sub-folders are trainings of their own


class DivergedError(TrainingError):
    """A training that began and ended without a model."""


@dataclass(frozen=True, slots=True)
class Task:
    """What to train, on which windows, and where: all of it can be sent to another process.

    `data` is a finished window set; `command` repeats the training.
    """

    data: Path
    folder: Path
    recipe: Recipe
    by: By = "subject"
    device: str = "auto"
    tensorboard: bool = False
    command: str = "models.training.task.carry_out"


class _Beginning:
    """Keeps the plan, for the report of a run that fails after it began."""

    def __init__(self) -> None:
        self.plan: Plan | None = None

    def preparing(self, what: str, done: int, total: int) -> None:
        """Do nothing."""

    def began(self, plan: Plan) -> None:
        """Keep the plan."""
        self.plan = plan

    def batch(self, windows: int) -> None:
        """Do nothing."""

    def epoch(self, report: EpochReport) -> None:
        """Do nothing."""

    def ended(self, result: Result) -> None:
        """Do nothing."""


def carry_out(task: Task, callback: Callback = SILENT) -> Outcome:
    """Train, measure the validation and the test part, write outcome.json and report.html.

    Continues where the folder holds the same training begun; of one that has ended, the report is made again. Without
    matplotlib there is no report.

    Raises
    ------
    DataError
        if the window set cannot be used or split
    DivergedError
        if training began and failed; the report shows how
    TrainingError
        if it cannot begin: a recipe that makes no sense, or something else in the folder
    """
    if (task.folder / SEARCH).exists():
        raise TrainingError(f"{task.folder}: holds a search for the best learning rate; name another folder")
    parts = splits.parts(windowset.load(task.data), seed=task.recipe.seed, by=task.by)
    beginning = _Beginning()
    # The plan is kept first: a callback after it may raise.
    boards = [TensorBoard()] if task.tensorboard else []
    callbacks = CompositeCallback(beginning, *boards, callback)
    try:
        result = train(parts, task.recipe, task.folder, callbacks, device=task.device, command=task.command)
    except TrainingError as problem:
        # Refused before it began: there is nothing to report, and the folder may be another training's.
        if beginning.plan is None:
            raise
        _write(task, _outcome(task, parts, beginning.plan, "failed", str(problem)))
        raise DivergedError(str(problem)) from None
    assert beginning.plan is not None, "train reports its plan"  # noqa: S101
    found = _outcome(task, parts, beginning.plan, result.stopped, result.reason)
    if result.has_model:
        found = replace(found, best_epoch=result.best.epoch, figures=_figures(task, parts, result))
    _write(task, found)
    return found


def _outcome(task: Task, parts: Mapping[str, Part], plan: Plan, stopped: str, reason: str) -> Outcome:
    origin = outcomes.origin(parts, task.by)
    return Outcome(task.command, plan.device, plan.network_parameters, origin, stopped, reason)


def _write(task: Task, outcome: Outcome) -> None:
    outcomes.write(task.folder, outcome)
    if plots.is_installed():
        report.write(task.folder)


def _figures(task: Task, parts: Mapping[str, Part], result: Result) -> dict[str, Figures]:
    """Measure what the exported model finds in the parts that it was not trained on."""
    device, recipe = choose(task.device), task.recipe
    # Read back from disk: the figures are those of the model that users get, whatever was moved or converted in it.
    loaded = store.load(task.folder / MODEL)
    network = loaded.network.to(device)
    # Not the manifest's own: `spikewatch evaluate --write` may have chosen another one since.
    threshold = result.best.threshold
    past, found = context_samples(network), {}
    for name, part in parts.items():
        if name != "train":
            with closing(BatchLoader(part.windowset, recipe.batch_windows, device, past)) as loader:
                probabilities = Predictor(network, loader, device, recipe.precision).probabilities(part.indices)
            found[name] = outcomes.figures(part.labels, probabilities, recipe.beta, threshold)
    return found
