"""The result of a search for the best learning rate: search.json."""

import json
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from models.training import checkpoint
from models.training.outcome import Outcome
from models.training.task import SEARCH, Task

MEASURES: Final = ("f1", "f_beta", "precision", "recall", "auroc", "auprc")


@dataclass(frozen=True, slots=True)
class Trial:
    """A learning rate and the outcome of its training."""

    learning_rate: float
    task: Task
    outcome: Outcome

    @property
    def f_beta(self) -> float:
        """Validation F-beta of its model; minus infinity where there is no model."""
        found = self.outcome.figures.get("validation")
        return found.f_beta if found else -math.inf


@dataclass(frozen=True, slots=True)
class Search:
    """All trials, in the order in which their rates were listed, and the best of them."""

    folder: Path
    trials: tuple[Trial, ...]

    @property
    def best(self) -> Trial:
        """The trial with the best validation F-beta; the earlier of two that are equal."""
        # `max` keeps the first of equals, so the choice depends on the order of the rates and on nothing else.
        return max(self.trials, key=lambda trial: trial.f_beta)

    @property
    def has_model(self) -> bool:
        """Whether any trial gave a model."""
        return math.isfinite(self.best.f_beta)


def rows(found: Search) -> list[dict[str, Any]]:
    """Return a row for each rate: its outcome, and whether it was chosen."""
    return [
        {
            "learning_rate": trial.learning_rate,
            "folder": str(trial.task.folder),
            "chosen": trial is found.best and found.has_model,
            "stopped": trial.outcome.stopped,
            "reason": trial.outcome.reason,
            "best_epoch": trial.outcome.best_epoch,
            **{
                f"{name}_{key}": getattr(figures, key)
                for name, figures in trial.outcome.figures.items()
                for key in MEASURES
            },
        }
        for trial in found.trials
    ]


def write(found: Search) -> None:
    """Write FOLDER/search.json, which holds the rows."""
    text = json.dumps({"trials": rows(found)}, indent=1) + "\n"
    checkpoint.replace(found.folder / SEARCH, text.encode())
