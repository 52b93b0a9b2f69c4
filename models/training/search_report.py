"""report.html of a search: the outcome of each learning rate, side by side; each trial has its own report as well."""

from pathlib import Path
from typing import Final

from models.reports import plots
from models.reports.html import Command, Figures, Part, Section, Table, page
from models.training.report import REPORT, read_history, tiles
from models.training.trials import Search, Trial

COLUMNS: Final = (
    "learning rate", "ended", "epochs", "kept", "F-beta, validation", "AUPRC, validation", "F1, test", "AUPRC, test",
    "folder",
)  # fmt: skip


def write(found: Search) -> Path:
    """Write FOLDER/report.html; return its path.

    Raises
    ------
    ModelsError
        if matplotlib is missing
    """
    path = found.folder / REPORT
    path.write_text(render(found), encoding="utf-8")
    return path


def render(found: Search) -> str:
    """Return the report as HTML."""
    best = found.best
    history = read_history(best.task.folder)
    lead: list[Part] = [_summary(found), tiles(best.outcome, history)]
    chosen = found.trials.index(best) if found.has_model else None
    table = Table(COLUMNS, [_row(trial) for trial in found.trials], ("ended", "folder"), chosen)
    sections = [
        Section("Outcome of each rate", [table, f"Each folder has a {REPORT} of its own."]),
        Section("Epoch by epoch", [Figures([_curves(found, "f_beta", "F-beta"), _curves(found, "auprc", "AUPRC")])]),
        Section("To repeat it", [Command(best.outcome.command)]),
    ]
    title = f"Learning rates of {best.task.recipe.architecture.upper()} on {best.outcome.origin.source} windows"
    return page(title, sections, lead=lead)


def _summary(found: Search) -> str:
    tried = f"{len(found.trials)} learning rate{'' if len(found.trials) == 1 else 's'} tried"
    if not found.has_model:
        return f"{tried}; none gave a model."
    best = f"{found.best.learning_rate:g} has the best validation F-beta, and its model is the search's"
    return f"{tried}; {best}. The test part had no say."


def _row(trial: Trial) -> list[str]:
    outcome, epochs = trial.outcome, len(read_history(trial.task.folder))
    kept = "" if outcome.best_epoch is None else str(outcome.best_epoch)
    figures = [
        f"{getattr(outcome.figures[part], name):.3f}" if part in outcome.figures else ""
        for part, name in (("validation", "f_beta"), ("validation", "auprc"), ("test", "f1"), ("test", "auprc"))
    ]
    return [f"{trial.learning_rate:g}", outcome.stopped, str(epochs), kept, *figures, trial.task.folder.name]


def _curves(found: Search, name: str, label: str) -> str:
    """Draw one figure of the validation part over the main phase's epochs, a curve for each rate."""
    series = {}
    for trial in found.trials:
        # PreBCE is the same for every rate: its curves would lie on each other.
        main = [record for record in read_history(trial.task.folder) if record.phase == "main"]
        series[f"{trial.learning_rate:g}"] = ([r.epoch for r in main], [getattr(r, name) for r in main])
    return plots.lines(f"{label}, validation part", "epoch", "", series, y_limits=(0, 1.03))
