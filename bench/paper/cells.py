"""One cell of a table: a recipe trained with every rate on one set with one seed, the best rate tested.

Validation chooses the rate, by F-beta and then average precision, as the paper does. A cell that is done is a file; one
that was killed goes on from its trainings' checkpoints.
"""

import dataclasses
import fcntl
import hashlib
import json
import shutil
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch
from numpy.typing import NDArray

from bench.paper.plans import SYSTEM, Changes
from bench.paper.systems import SYSTEMS
from models.datasets import splits, windowset
from models.datasets.splits import By, Part
from models.errors import TrainingError
from models.evaluation import metrics
from models.networks.contract import context_samples
from models.training.batches import BatchLoader
from models.training.callbacks import Result
from models.training.recipe import Recipe
from models.training.trainer import train
from models.training.two_task import UNKNOWN, stage_targets
from models.training.validation import Predictor
from models.zoo import store

SENSITIVITY: Final = 0.8211
"""At which Siamese-ES's abstract gives specificity and precision."""
CPU: Final = torch.device("cpu")
Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Extent:
    """How much each cell is trained.

    `rates` are all tried; `changes` to the recipe come before those of the row, and so do `parameters` of networks, by
    their architecture.
    """

    seeds: tuple[int, ...] = (1, 2, 3, 4, 5)
    rates: tuple[float, ...] = (5e-3, 1e-2, 2e-2)
    changes: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    parameters: Mapping[str, Mapping[str, Any]] = dataclasses.field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Cell:
    """A row of a table on a prepared window set, with one seed; `usual` is what the extent may change."""

    row: str
    changes: Changes
    name: str
    data: Path
    seed: int
    by: By = "subject"
    usual: Changes = dataclasses.field(default_factory=dict)

    def absolute(self) -> "Cell":
        """Return the cell with the whole path of its data."""
        return dataclasses.replace(self, data=self.data.resolve())

    def recipes(self, extent: Extent) -> list[Recipe]:
        """Return the recipe of every rate."""
        ours = extent.parameters.get(self.changes.get("architecture", Recipe().architecture), {})
        parameters = {**ours, **self.changes.get("parameters", {})}
        recipe = Recipe().changed(
            {**self.usual, **extent.changes, **self.changes, "parameters": parameters, "seed": self.seed}
        )
        return [
            recipe.changed({"learning_rate": rate, "last_learning_rate": min(rate, recipe.last_learning_rate)})
            for rate in extent.rates
        ]


def result(cell: Cell, extent: Extent, runs: Path) -> Row:
    """Return a cell's figures: read where it is done, else trained in `runs`."""
    kept = _file(cell, extent, runs)
    with _alone(kept.with_suffix(".lock")):
        if not kept.exists():
            trainings = runs / "trainings" / kept.stem
            # The same split for all seeds: seeds differ in first weights and draws, not in who is tested.
            parts = splits.parts(windowset.load(cell.data), seed=0, by=cell.by)
            fit = _fitted if SYSTEM in cell.changes else _trained
            found = fit(cell, extent, parts, trainings)
            partial = kept.with_suffix(".partial")
            partial.write_text(json.dumps(found), encoding="utf-8")
            partial.replace(kept)
            # After the figures: a kill in between leaves a folder too many, never a cell too few.
            shutil.rmtree(trainings, ignore_errors=True)
    row: Row = json.loads(kept.read_text(encoding="utf-8"))
    return row


@contextmanager
def _alone(lock: Path) -> Iterator[None]:
    """Wait until no other process trains the same cell; then it is done, and only read."""
    lock.parent.mkdir(parents=True, exist_ok=True)
    with lock.open("w", encoding="utf-8") as held:
        # The kernel lets go when a process ends, however it ends.
        fcntl.flock(held, fcntl.LOCK_EX)
        yield


def is_done(cell: Cell, extent: Extent, runs: Path) -> bool:
    """Whether a cell's figures are there already."""
    return _file(cell, extent, runs).exists()


def comparable(cells: Sequence[Cell]) -> list[Cell]:
    """Return the cells of those seeds which, on their set, every row has that has any there: means then compare."""
    seeds: dict[str, dict[str, set[int]]] = {}
    for cell in cells:
        seeds.setdefault(cell.name, {}).setdefault(cell.row, set()).add(cell.seed)
    common = {name: set.intersection(*rows.values()) for name, rows in seeds.items()}
    return [cell for cell in cells if cell.seed in common[cell.name]]


def _file(cell: Cell, extent: Extent, runs: Path) -> Path:
    """Return where a cell's figures are kept: named by all that decides them."""
    if system := cell.changes.get(SYSTEM):
        decided = [system, str(cell.seed), json.dumps(dict(extent.parameters.get(system, {})))]
    else:
        decided = [recipe.to_json() for recipe in cell.recipes(extent)]
    identity = json.dumps([str(cell.data.resolve()), cell.by, *decided])
    return runs / "cells" / f"{hashlib.sha256(identity.encode()).hexdigest()[:16]}.json"


def _trained(cell: Cell, extent: Extent, parts: Mapping[str, Part], folder: Path) -> Row:
    """Train with every rate; test the one with the best validation figures."""
    tried, reasons = list[Result](), list[str]()
    for recipe in cell.recipes(extent):
        try:
            tried.append(train(parts, recipe, folder / f"lr-{recipe.learning_rate:g}", device="cpu"))
        except TrainingError as problem:
            # It does not fit these windows, or diverged: both are a dash in the paper's tables.
            reasons.append(str(problem))
    found = [one for one in tried if one.has_model]
    if not found:
        return {"converged": False, "reason": tried[0].reason if tried else reasons[0]}
    best = max(found, key=lambda one: (one.best.f_beta, one.best.auprc))
    return {
        "converged": best.best.f1 > 0,
        "seconds": round(sum(one.seconds for one in tried), 2),
        "rate": float(best.folder.name.removeprefix("lr-")),
        "best_epoch": best.best.epoch,
        **_figures(parts, _probabilities(best, parts), best.best.threshold),
        **(_sleep(best, parts["test"]) if cell.changes.get("sleep_weight") else {}),
    }


def _fitted(cell: Cell, extent: Extent, parts: Mapping[str, Part], folder: Path) -> Row:
    """Fit what is no network trained by a recipe, and test it at 0.5."""
    began_s, name = time.monotonic(), cell.changes[SYSTEM]
    try:
        scored = SYSTEMS[name](seed=cell.seed, **extent.parameters.get(name, {})).fit(parts, folder)
    except TrainingError as problem:
        return {"converged": False, "reason": str(problem)}
    at = metrics.confusion(parts["validation"].labels, scored["validation"])
    return {
        "converged": at.f_beta() > 0,
        "seconds": round(time.monotonic() - began_s, 2),
        **_figures(parts, scored, metrics.THRESHOLD),
    }


def _probabilities(best: Result, parts: Mapping[str, Part]) -> dict[str, NDArray[np.float32]]:
    network = store.load(best.folder / "model").network
    scored: dict[str, NDArray[np.float32]] = {}
    for name in ("validation", "test"):
        with closing(BatchLoader(parts[name].windowset, 256, CPU, context_samples(network))) as loader:
            scored[name] = Predictor(network, loader, CPU, "fp32").probabilities(parts[name].indices)
    return scored


def _sleep(best: Result, test: Part) -> Row:
    """Return how well the test part's sleep is told; nothing where no stage is known."""
    network = store.load(best.folder / "model").network
    with closing(BatchLoader(test.windowset, 256, CPU, context_samples(network))) as loader:
        logits = Predictor(network, loader, CPU, "fp32").sleep_logits(test.indices)
    targets = stage_targets(test.windowset.stage[test.indices], logits.shape[1])
    return {"sleep_accuracy": round(balanced_accuracy(targets, logits), 4)} if (targets != UNKNOWN).any() else {}


def balanced_accuracy(targets: NDArray[np.int64], logits: NDArray[np.float32]) -> float:
    """Return the share of windows (n,) whose target has the largest logit (n, classes), each class counting alike."""
    told = logits.argmax(axis=1)
    return float(np.mean([np.mean(told[targets == one] == one) for one in np.unique(targets[targets != UNKNOWN])]))


def _figures(parts: Mapping[str, Part], scored: Mapping[str, NDArray[np.float32]], threshold: float) -> Row:
    """Return what is found in the test part, at a threshold and at the validation part's of a given sensitivity."""
    labels, test = parts["test"].labels, scored["test"]
    at = metrics.confusion(labels, test, threshold)
    sensitive = metrics.confusion(labels, test, threshold_at(parts["validation"].labels, scored["validation"]))
    figures = {
        "f1": at.f_beta(),
        "f2": at.f_beta(2.0),
        "precision": at.precision,
        "recall": at.recall,
        "specificity": at.specificity,
        "auroc": metrics.auroc(labels, test),
        "auprc": metrics.auprc(labels, test),
        "sensitive_recall": sensitive.recall,
        "sensitive_precision": sensitive.precision,
        "sensitive_specificity": sensitive.specificity,
    }
    return {name: round(value, 4) for name, value in figures.items()}


def threshold_at(labels: NDArray[np.uint8], probabilities: NDArray[np.float32], recall: float = SENSITIVITY) -> float:
    """Return the highest threshold at which so large a share of the positives (n,) is found."""
    curve = metrics.pr_curve(labels, probabilities)
    return float(curve.thresholds[int(np.argmax(curve.recall >= recall))])
