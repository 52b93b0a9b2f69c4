"""report.html: a training on one page, made from a run folder's recipe.json, history.jsonl and outcome.json.

A run that ended without a model has one as well: its curves show what went wrong.
"""

import dataclasses
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

import numpy as np

from models.errors import TrainingError
from models.reports import plots
from models.reports.html import Command, Facts, Figures, Section, Table, Tiles, page
from models.training import outcome as outcomes
from models.training.callbacks import EpochRecord
from models.training.checkpoint import HISTORY, RECIPE
from models.training.outcome import Outcome
from models.training.recipe import Recipe

REPORT: Final = "report.html"
ENDINGS: Final = {
    "epochs done": "Trained to the end",
    "early": "Stopped early",
    "collapsed": "Given up",
    "failed": "Failed",
}
COLUMNS: Final = (
    "part", "windows", "with IED", "subjects", "F1", "F-beta", "precision", "recall", "AUROC", "AUPRC",
)  # fmt: skip


def write(folder: Path) -> Path:
    """Write a run folder's report; return its path.

    Raises
    ------
    TrainingError
        if the folder lacks one of the three files
    ModelsError
        if matplotlib is missing
    """
    outcome = outcomes.read(folder)
    text = render(_recipe(folder), read_history(folder), outcome)
    path = folder / REPORT
    path.write_text(text, encoding="utf-8")
    return path


def render(recipe: Recipe, history: Sequence[EpochRecord], outcome: Outcome) -> str:
    """Return the report as HTML."""
    sections = [
        Section("What the model finds", _found(outcome, recipe)),
        *([Section("Epoch by epoch", [Figures(_curves(recipe, history, outcome))])] if history else []),
        Section("Data", [_data(outcome)]),
        Section("Time", [_time(history, outcome)]),
        Section("Recipe", [_recipe_table(recipe)]),
        Section("To repeat it", [Command(outcome.command)]),
    ]
    title = f"{recipe.architecture.upper()} trained on {outcome.origin.source} windows"
    return page(title, sections, lead=[_ending(outcome, history), tiles(outcome, history)])


def _recipe(folder: Path) -> Recipe:
    try:
        return Recipe.from_json((folder / RECIPE).read_text(encoding="utf-8"))
    except OSError as problem:
        raise TrainingError(f"{folder / RECIPE}: cannot be read ({problem.strerror})") from None


def read_history(folder: Path) -> list[EpochRecord]:
    """Read a run folder's history.jsonl; nothing where there is none yet."""
    path = folder / HISTORY
    if not path.exists():
        return []
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
        return [EpochRecord(**json.loads(line)) for line in lines]
    except (OSError, ValueError, TypeError) as problem:
        raise TrainingError(f"{path}: cannot be read ({problem})") from None


def _ending(outcome: Outcome, history: Sequence[EpochRecord]) -> str:
    warm = sum(record.phase == "pre_bce" for record in history)
    count = f"{len(history)} epoch{'' if len(history) == 1 else 's'}" + (f", {warm} of them PreBCE" if warm else "")
    return f"{ENDINGS[outcome.stopped]}: {outcome.reason}. Trained: {count}."


def tiles(outcome: Outcome, history: Sequence[EpochRecord]) -> Tiles:
    """Return the figures at the top: the test part's, or the validation part's where nothing was held out."""
    name = "test" if "test" in outcome.figures else "validation"
    shown = {}
    if name in outcome.figures:
        found = outcome.figures[name]
        values = {"F1": found.f1, "precision": found.precision, "recall": found.recall, "AUPRC": found.auprc}
        shown = {f"{label}, {name}": f"{value:.3f}" for label, value in values.items()}
    return Tiles({**shown, "time": duration(sum(record.seconds for record in history))})


def _found(outcome: Outcome, recipe: Recipe) -> list[str | Table | Figures]:
    rows = []
    for name, counts in outcome.origin.parts.items():
        row = [name, f"{counts.windows:,}", f"{counts.positives:,}", f"{counts.subjects:,}"]
        found = outcome.figures.get(name)
        cells = [found.f1, found.f_beta, found.precision, found.recall, found.auroc, found.auprc] if found else []
        rows.append(row + ([f"{cell:.3f}" for cell in cells] or [""] * 6))
    if not outcome.figures:
        return ["There is no model: no epoch of the main phase was worth keeping.", Table(COLUMNS, rows)]
    chosen = (
        f"Weights of epoch {outcome.best_epoch}, which had the best validation F-beta (beta = {recipe.beta:g}); so the "
        "validation figures flatter, the test figures do not. F1, F-beta, precision and recall at threshold "
        f"{_threshold(outcome):.3g}."
    )
    return [Table(COLUMNS, rows), chosen, Figures([_precision_recall(outcome)])]


def _threshold(outcome: Outcome) -> float:
    # The threshold belongs to the model, so all parts have the same.
    return next(iter(outcome.figures.values())).threshold


def _precision_recall(outcome: Outcome) -> str:
    found = outcome.figures
    return plots.lines(
        "Precision and recall",
        "recall",
        "precision",
        {f"{name}, AUPRC {part.auprc:.3f}": (part.curve_recall, part.curve_precision) for name, part in found.items()},
        steps=True,
        x_limits=(0, 1),
        y_limits=(0, 1.03),
        marks={f"{name}, at {part.threshold:.3g}": (part.recall, part.precision) for name, part in found.items()},
    )


def _curves(recipe: Recipe, history: Sequence[EpochRecord], outcome: Outcome) -> list[str]:
    """Draw what changes from epoch to epoch."""
    warm = sum(record.phase == "pre_bce" for record in history)
    # PreBCE's epochs end at -1, so that 0 begins the main phase, as in the recipe's and the paper's counting.
    x = [record.epoch - warm * (record.phase == "pre_bce") for record in history]
    shaded = {"PreBCE": (-warm - 0.5, -0.5)} if warm else {}
    best = [record for record in history if record.phase == "main" and record.epoch == outcome.best_epoch]
    marks = {"kept": (best[0].epoch, best[0].f_beta)} if best else {}

    def values(name: str) -> tuple[list[int], list[float]]:
        return x, [getattr(record, name) for record in history]

    scores = {"F1": values("f1"), "AUPRC": values("auprc")}
    if recipe.beta != 1:
        scores["F-beta"] = values("f_beta")
    return [
        plots.lines("Validation part", "epoch", "", scores, y_limits=(0, 1.03), shaded=shaded, marks=marks),
        plots.lines("Loss", "epoch", "mean over windows", {"training": values("loss")}, shaded=shaded),
        plots.lines("Learning rate", "epoch", "", {"rate": values("learning_rate")}, shaded=shaded, y_limits=(0, None)),
        plots.lines(
            "Negatives an epoch", "epoch", "windows", {"drawn": values("negatives")}, shaded=shaded, y_limits=(0, None)
        ),
    ]


def _data(outcome: Outcome) -> Facts:
    origin = outcome.origin
    facts = {
        "window set": origin.folder,
        "kind": origin.source,
        "windows": f"{origin.channels} x {origin.window_samples} samples at {origin.rate_hz:g} Hz",
        "recordings": f"{origin.recordings:,}",
        "split by": origin.split_by,
        "made by": origin.made_by,
        "note": origin.note,
    }
    return Facts({name: text for name, text in facts.items() if text})


def _time(history: Sequence[EpochRecord], outcome: Outcome) -> Facts:
    facts = {"device": outcome.device, "network": f"{outcome.network_parameters:,} numbers to learn"}
    if history:
        facts["all epochs"] = duration(sum(record.seconds for record in history))
        facts["one epoch"] = f"{duration(float(np.median([record.seconds for record in history])))} (median)"
        # Medians: the first epoch warms caches up, and one that was interrupted is slower than the rest.
        rate = np.median([record.windows_per_s for record in history])
        facts["throughput"] = f"{rate:,.0f} windows/s in training (median)"
    return Facts(facts)


def _recipe_table(recipe: Recipe) -> Table:
    usual, rows = Recipe(), []
    for field in dataclasses.fields(Recipe):
        value, default = getattr(recipe, field.name), getattr(usual, field.name)
        rows.append((field.name, _printed(value), "" if value == default else _printed(default)))
    return Table(("key", "value", "default, where it differs"), rows, texts=("value", "default, where it differs"))


def _printed(value: object) -> str:
    """Return a recipe's value as text; a table as key = value."""
    if isinstance(value, Mapping):
        return ", ".join(f"{key} = {_printed(entry)}" for key, entry in value.items()) or "none"
    return f"{value:g}" if isinstance(value, float) else str(value)


def duration(seconds: float) -> str:
    """Return a duration in the two largest units: "4.2 s", "3 min 20 s", "2 h 5 min"."""
    # Rounded before it is compared: 59.96 s is "1 min 0 s", not "60.0 s".
    if round(seconds, 1) < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s" if minutes < 60 else f"{minutes // 60} h {minutes % 60} min"
