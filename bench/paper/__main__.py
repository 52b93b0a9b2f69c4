"""Question: what do iEDeaL's tables 2 to 5 and Siamese-ES's comparison look like on the data sets at hand?

Method: every row of a table is a recipe; it is trained on every set with every rate and seed, validation chooses the
rate, and the test part is scored once (`bench.paper.cells`). Tables have the papers' shape, with the interval of the
mean over seeds, and the paper's own figure where a set bears the name of the paper's (TUEV3,3, TUEV1,1, TUEV1,3).
Command: python -m bench.paper TABLE... --data NAME=WINDOWSET ... --out RUNS; the same again resumes.
--quick trains one epoch of narrow networks with one seed and shows no more than that everything runs.
"""

import argparse
import dataclasses
import sys
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any, Final, TypeVar

import torch
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from bench.machine import publish
from bench.paper import figure5b, tables
from bench.paper.cells import Cell, Extent, Row, is_done
from bench.paper.plans import TABLES, Table
from bench.paper.running import ENGINES, Done, carried_out
from models.datasets import windowset
from models.errors import ModelsError
from models.training.recipe import Recipe

LIGHT: Final[dict[str, dict[str, Any]]] = {
    "sc": {"width": 8},
    "nepinet": {"size": "light"},
    "siamese_es": {"size": "light"},
}
# Weights as layers come: LSUV of the large networks takes longer than their epoch.
QUICK: Final = Extent(
    (1,), (0.02,), {"epochs": 1, "batch_windows": 32, "initialisation": "torch", "warmup_steps": 2}, LIGHT
)
SPEED: Final = "figure5b"
SPEED_OF: Final = {False: (11, 256), True: (1, 8)}
"""Rounds, and the width of SC, in full and quick."""
Number = TypeVar("Number", int, float)
Found = dict[tuple[str, str], list[Row]]


def cells_of(table: Table, options: argparse.Namespace, extent: Extent) -> list[Cell]:
    """Return the cells of a table, seed by seed, so that a run which is stopped has whole tables of fewer seeds."""
    wanted = {row: table.rows[row] for row in table.rows if not options.systems or row in options.systems}
    return [
        Cell(row, changes, name, data, seed, options.by, table.usual)
        for seed in extent.seeds
        for name, data in options.data
        for row, changes in wanted.items()
    ]


def run(cells: Sequence[Cell], carried_out: Iterable[Done], progress: Progress) -> Found:
    """Return what came of all cells, by row and set, in the order of the cells."""
    rows: dict[tuple[str, str, int], Row] = {}
    task = progress.add_task("cells", total=len(cells))
    for cell, row in carried_out:
        rows[_key(cell)] = row
        progress.update(task, advance=1, description=f"{cell.row} on {cell.name}, seed {cell.seed}")
    found: Found = {}
    for cell in cells:
        found.setdefault((cell.row, cell.name), []).append(rows[_key(cell)])
    return found


def _key(cell: Cell) -> tuple[str, str, int]:
    # Not the cell itself: its changes are a dict, which has no hash.
    return cell.row, cell.name, cell.seed


def make(name: str, options: argparse.Namespace, extent: Extent, progress: Progress) -> tuple[str, list[Row]]:
    """Return a table's Markdown and its results."""
    if name == SPEED:
        rows = figure5b.measured({name: windowset.load(data) for name, data in options.data}, *SPEED_OF[options.quick])
        if options.plot:
            figure5b.plot(rows, options.plot)
        return figure5b.markdown(rows), rows
    table = TABLES[name]
    if not (options.rates or options.quick):
        extent = dataclasses.replace(extent, rates=table.rates)
    cells = cells_of(table, options, extent)
    named = {cell.row: cell.changes for cell in cells}
    if options.done:
        cells = [cell for cell in cells if is_done(cell, extent, options.out)]
    found = run(cells, carried_out(options.engine, cells, extent, options.out), progress)
    shown = dataclasses.replace(table, rows=named)
    text = tables.markdown(shown, found, [name for name, _ in options.data])
    return text, [{"row": row, "set": data, "seeds": seeds} for (row, data), seeds in found.items()]


def main() -> int:
    """Run; return 0, or 2 for a mistake in the arguments."""
    options = _options()
    # One thread: cells are many, and another number would change the last bits of sums.
    torch.set_num_threads(options.threads)
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
    )
    try:
        extent = _extent(options)
        with Progress(*columns, console=Console(stderr=True)) as progress:
            made = {name: make(name, options, extent, progress) for name in _wanted(options.tables)}
    except ModelsError as problem:
        print(problem, file=sys.stderr)
        return 2
    text = "\n".join(markdown for markdown, _ in made.values())
    if options.markdown:
        options.markdown.write_text(text, encoding="utf-8")
    sys.stderr.write(text)
    publish("paper", {"quick": options.quick, "tables": {name: rows for name, (_, rows) in made.items()}}, options.json)
    return 0


def _wanted(names: Sequence[str]) -> list[str]:
    return [*TABLES, SPEED] if "all" in names else list(names)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "tables",
        nargs="+",
        choices=[*_wanted(["all"]), "all"],
        metavar="TABLE",
        help=f"{', '.join(_wanted(['all']))} or all",
    )
    parser.add_argument("--data", action="append", required=True, type=_named, metavar="NAME=WINDOWSET")
    parser.add_argument("--out", type=Path, required=True, metavar="RUNS")
    parser.add_argument("--systems", type=lambda text: text.split(","), default=[], help="rows, with commas between")
    parser.add_argument("--seeds", type=_numbers(int))
    parser.add_argument("--rates", type=_numbers(float), help="learning rates; the paper's by default")
    parser.add_argument("--epochs", type=int)
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", help="of every row's recipe")
    parser.add_argument("--parameter", action="append", default=[], metavar="NETWORK.KEY=VALUE", help="sc.width=16")
    parser.add_argument("--by", choices=("subject", "row"), default="subject", help="the paper splits by row")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument(
        "--engine", choices=list(ENGINES), default="local", help="ray: one task a cell, as many at once as fit"
    )
    parser.add_argument("--plot", type=Path, metavar="FILE", help="figure 5b as .svg, .png or .pdf")
    parser.add_argument("--done", action="store_true", help="train nothing: show the cells that are there")
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--markdown", type=Path)
    parser.add_argument("--json", type=Path)
    return parser.parse_args()


def _extent(options: argparse.Namespace) -> Extent:
    usual = QUICK if options.quick else Extent()
    epochs = {"epochs": options.epochs} if options.epochs else {}
    changes = {**usual.changes, **epochs, **_changes(options.set)}
    parameters: dict[str, dict[str, Any]] = {name: dict(given) for name, given in usual.parameters.items()}
    for setting in options.parameter:
        architecture, _, setting_of = setting.partition(".")
        parameters.setdefault(architecture, {}).update(_changes([f"parameters.{setting_of}"])["parameters"])
    return Extent(options.seeds or usual.seeds, options.rates or usual.rates, changes, parameters)


def _changes(settings: Sequence[str]) -> dict[str, Any]:
    recipe = Recipe().with_settings(settings)
    return {name: getattr(recipe, name) for name in (text.partition("=")[0].partition(".")[0] for text in settings)}


def _named(text: str) -> tuple[str, Path]:
    name, equals, folder = text.partition("=")
    if not (name and equals and folder):
        raise argparse.ArgumentTypeError(f"{text}: write NAME=FOLDER")
    return name, Path(folder)


def _numbers(kind: Callable[[str], Number]) -> Callable[[str], tuple[Number, ...]]:
    return lambda text: tuple(kind(one) for one in text.split(","))


if __name__ == "__main__":
    sys.exit(main())
