"""The command that trains a detector on labelled recordings: train."""
# ruff: noqa: PLC0415  (what is heavy is imported by the command that needs it, so that --help is quick)

import shlex
import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from models.errors import TrainingError
from stream.cli.options import AsJson, Montage, SplitBy, View, Words
from stream.cli.prepared import Cutting, prepared
from stream.errors import ConfigError, SpikewatchError
from stream.terminal import print_json, print_table

if TYPE_CHECKING:
    from models.training.outcome import Outcome
    from models.training.recipe import Recipe
    from models.training.task import Task
    from models.training.trials import Search

FIGURES = ("f1", "f_beta", "precision", "recall", "auroc", "auprc")
LABELS = {"f1": "F1", "precision": "precision", "recall": "recall", "auroc": "AUROC", "auprc": "AUPRC"}
SEARCH_COLUMNS = {
    "learning_rate": "learning rate",
    "chosen": "",
    "stopped": "ended",
    "best_epoch": "best epoch",
    "validation_f_beta": "validation F-beta",
    "validation_auprc": "validation AUPRC",
    "test_f1": "test F1",
    "test_auprc": "test AUPRC",
}


class How(StrEnum):
    """How several learning rates are tried."""

    turn = "turn"
    ray = "ray"


def train(
    data: Annotated[Path, typer.Argument(metavar="DATA", help="A prepared window set, or a labelled folder.")],
    out: Annotated[Path, typer.Option(metavar="RUN", help="Where everything goes; the same again resumes.")],
    recipe_file: Annotated[Path | None, typer.Option("--recipe", metavar="FILE", help="A recipe in JSON.")] = None,
    settings: Annotated[
        list[str], typer.Option("--set", metavar="KEY=VALUE", help="Overrule one key of the recipe; may be repeated.")
    ] = [],  # noqa: B006  (typer wants a list, and copies it)
    learning_rates: Annotated[
        str, typer.Option(metavar="A,B,...", help="Try several, or paper; validation chooses.")
    ] = "",
    word: Words = [],  # noqa: B006
    *,
    subset: Annotated[str, typer.Option(help="Which marks of a folder count; of TUEV 3,3 or 1,1 or 1,3.")] = "",
    view: Annotated[View, typer.Option(help="Groups of five derivations, or the one that a mark names.")] = View.groups,
    montage: Annotated[Montage, typer.Option(help="How groups are made.")] = Montage.scalp,
    tune: Annotated[How, typer.Option(help="Try them in turn, or at once with Ray.")] = How.turn,
    by: Annotated[SplitBy, typer.Option(help="Whom a part has for itself: people, or only windows.")] = SplitBy.subject,
    seed: Annotated[int | None, typer.Option(min=0, help="Of the recipe and of the split.")] = None,
    device: Annotated[str, typer.Option(help="auto, cpu or cuda.")] = "auto",
    threads: Annotated[int, typer.Option(help="Of torch; 0: as many as processors are idle.")] = 0,
    tensorboard: Annotated[
        bool | None, typer.Option("--tensorboard/--no-tensorboard", help="Write RUN/tensorboard; if installed.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Train a detector on labelled recordings; resumes by itself."""
    # The first line, before torch is imported: on a busy machine that alone takes seconds.
    typer.echo(f"{out}: starting", err=True)
    from models.training.device import use_threads
    from models.training.task import DivergedError, Task
    from models.training.tensorboard import is_installed

    # Before the data: preparing them may take hours, and a misspelt rate should not cost these.
    rates = _rates(learning_rates)
    try:
        recipe = _recipe(recipe_file, settings, seed)
        use_threads(threads)
        # Without the option: written where the library is installed, left out where it is not.
        boards = is_installed() if tensorboard is None else tensorboard
        command = shlex.join(["spikewatch", *sys.argv[1:]])
        made = prepared(data, out, Cutting(subset, view, montage, tuple(word)))
        task = Task(made, out, recipe, by.value, device, boards, command)
        _train(task, rates, tune, as_json=as_json)
    except DivergedError as problem:
        raise SpikewatchError(f"{out}: {problem}") from problem
    except TrainingError as problem:
        raise ConfigError(str(problem)) from problem
    except KeyboardInterrupt:
        typer.echo(f"spikewatch: interrupted; the same command goes on from what {out} holds", err=True)
        # 128 + SIGINT, as shells report an interrupted program.
        raise typer.Exit(130) from None


def _train(task: "Task", rates: list[float], how: How, *, as_json: bool) -> None:
    """Train once, or with each rate, and print what came of it."""
    from rich.console import Console

    from models.training.search import search
    from models.training.task import carry_out
    from stream.cli.progress import watcher

    shown = watcher(Console(stderr=True))
    try:
        if rates:
            _print_search(search(task, rates, shown, how=how.value), as_json=as_json)
        else:
            _print(task.folder, carry_out(task, shown), as_json=as_json)
    finally:
        # Also after Ctrl-C: a terminal left with hidden cursor and half a bar looks broken.
        shown.close()


def _rates(text: str) -> list[float]:
    from models.training.search import PAPER_RATES

    if text == "paper":
        return list(PAPER_RATES)
    try:
        return [float(rate) for rate in text.split(",")] if text else []
    except ValueError:
        raise ConfigError(
            f"--learning-rates {text}: give numbers with commas between, like 0.005,0.01,0.02, or paper for those"
        ) from None


def _recipe(file: Path | None, settings: list[str], seed: int | None) -> "Recipe":
    """Return the recipe of the file, or iEDeaL's, with keys of it overruled."""
    from models.training.recipe import Recipe

    try:
        recipe = Recipe.from_json(file.read_text(encoding="utf-8")) if file else Recipe()
    except (OSError, UnicodeDecodeError) as problem:
        raise ConfigError(f"--recipe {file}: cannot be read ({problem})") from None
    recipe = recipe.with_settings(settings)
    return recipe if seed is None else recipe.changed({"seed": seed})


def _print(folder: Path, outcome: "Outcome", *, as_json: bool) -> None:
    """Print where the model is, what it finds and how to run it; there being none is a failure."""
    if as_json:
        print_json({"run": folder, **_answer(folder, outcome)})
    elif outcome.figures:
        typer.echo("\n".join(_words(folder, outcome)))
    if not outcome.figures:
        raise SpikewatchError(f"{folder}: no model came of it: {outcome.reason}")


def _answer(folder: Path, outcome: "Outcome") -> dict[str, Any]:
    figures = {name: {key: getattr(found, key) for key in FIGURES} for name, found in outcome.figures.items()}
    return {
        "model": folder / "model" if figures else None,
        "report": _report(folder),
        "stopped": outcome.stopped,
        "reason": outcome.reason,
        "best_epoch": outcome.best_epoch,
        "figures": figures,
    }


def _report(folder: Path) -> Path | None:
    from models.training.report import REPORT

    return folder / REPORT if (folder / REPORT).exists() else None


def _words(folder: Path, outcome: "Outcome") -> list[str]:
    from models.training import published

    # Test people if there are any: the epoch was chosen by the validation part, whose figures flatter.
    name = "test" if "test" in outcome.figures else "validation"
    found, counts = outcome.figures[name], outcome.origin.parts[name]
    figures = ", ".join(f"{label} {getattr(found, key):.3f}" for key, label in LABELS.items())
    people = "person" if counts.subjects == 1 else "people"
    size = f"{counts.windows:,} windows, {counts.positives:,} with IED, of {counts.subjects} {people}"
    report = _report(folder)
    return [
        f"{name} part ({size}): {figures}",
        f"report: {report}" if report else "no report: pip install 'spikewatch[train]', then run the same command",
        f"model:  {folder / 'model'}",
        *published.beside(outcome.origin, found.f1),
        _use(folder / "model"),
    ]


def _use(model: Path) -> str:
    """Return how to use a model, or why `run` and `score` refuse it on the beds that they make by default."""
    from models.networks import registry
    from models.zoo import manifest, store
    from stream.config.keys import Config, Frame
    from stream.detect.models import check_fit

    found = manifest.read(model / store.MANIFEST)
    if registry.RECORDS[found.architecture].task == "verify":
        return (
            f'use it: a detector asks it whose {store.MANIFEST} names it, "verification": {{"model": "{model}", ...}}'
        )
    # A depth-lead model is meant for beds of that montage; a set of handmade groups says nothing of it.
    montage = "shaft" if found.montages == ("shaft",) else "scalp"
    bed = {"id": "bed-1", "condition": {"montage": montage}}
    refused = ""
    # The default hop, then others that fit models of other rates and shorter windows.
    for hop_ms in (125.0, 100.0, 62.5, 50.0):
        config = Config.model_validate({"bed": [bed], "frame": {"hop_ms": hop_ms}})
        try:
            check_fit(found, config.bed[0], config)
        except ConfigError as problem:
            refused = refused or str(problem)
            continue
        hop = "" if hop_ms == Frame().hop_ms else f" --set frame.hop_ms={hop_ms:g}"
        return f"run it: spikewatch run --set infer.detector={model}{hop}"
    return f"for comparison: `spikewatch run` and `score` refuse it ({refused})"


def _print_search(found: "Search", *, as_json: bool) -> None:
    """Print what came of each rate, and of the best all that is printed of a single training."""
    from models.training.trials import rows

    if as_json:
        print_json({"run": found.folder, "trials": rows(found), **_answer(found.folder, found.best.outcome)})
        return
    cells = [[_cell(row.get(column, "")) for column in SEARCH_COLUMNS] for row in rows(found)]
    print_table(list(SEARCH_COLUMNS.values()), cells, ["bold" if row["chosen"] else "" for row in rows(found)])
    typer.echo("\n".join(_words(found.folder, found.best.outcome)))


def _cell(value: object) -> str:
    # bool first: it is an int to Python.
    if isinstance(value, bool):
        return "chosen" if value else ""
    return f"{value:.3g}" if isinstance(value, float) else str(value)
