"""Question: what do iEDeaL's tables 2 to 5 and Siamese-ES's comparison look like on the data sets at hand?

Method: every row of a table is a recipe; it is trained on every set with every rate and seed, validation chooses the
rate, and the test part is scored once (`bench.paper.cells`). Tables have the papers' shape, with the interval of the
mean over seeds, and the paper's own figure where a set bears the name of the paper's (TUEV3,3, TUEV1,1, TUEV1,3).
Command: python -m bench.paper TABLE... --data NAME=WINDOWSET ... --out RUNS; the same again resumes.
--quick trains one epoch of narrow networks with one seed and shows no more than that everything runs.
"""

import argparse
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final, TypeVar

import torch
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from bench.machine import publish
from bench.paper import tables
from bench.paper.cells import Cell, Extent, Row, is_done, result
from bench.paper.plans import TABLES, Table
from models.errors import ModelsError
from models.training.recipe import Recipe

LIGHT: Final[dict[str, dict[str, Any]]] = {
    "sc": {"width": 8},
    "nepinet": {"size": "light"},
    "siamese_es": {"size": "light"},
}
QUICK: Final = Extent((1,), (0.02,), {"epochs": 1, "batch_windows": 32}, LIGHT)
Number = TypeVar("Number", int, float)
Found = dict[tuple[str, str], list[Row]]


def cells_of(table: Table, options: argparse.Namespace, extent: Extent) -> list[Cell]:
    """Return the cells of a table, seed by seed, so that a run which is stopped has whole tables of fewer seeds."""
    wanted = {row: table.rows[row] for row in table.rows if not options.systems or row in options.systems}
    return [
        Cell(row, changes, name, data, seed, options.by)
        for seed in extent.seeds
        for name, data in options.data
        for row, changes in wanted.items()
    ]


def run(cells: Sequence[Cell], extent: Extent, runs: Path, progress: Progress) -> Found:
    """Return what came of all cells, by row and set."""
    found: Found = {}
    task = progress.add_task("cells", total=len(cells))
    for cell in cells:
        progress.update(task, description=f"{cell.row} on {cell.name}, seed {cell.seed}")
        found.setdefault((cell.row, cell.name), []).append(result(cell, extent, runs))
        progress.advance(task)
    return found


def main() -> int:
    """Run; return 0, or 2 for a mistake in the arguments."""
    options = _options()
    try:
        extent = _extent(options)
    except ModelsError as problem:
        print(problem, file=sys.stderr)
        return 2
    # One thread: cells are many, and another number would change the last bits of sums.
    torch.set_num_threads(options.threads)
    wanted = list(TABLES) if "all" in options.tables else options.tables
    texts, results = [], {}
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
    )
    try:
        with Progress(*columns, console=Console(stderr=True)) as progress:
            for name in wanted:
                cells = cells_of(TABLES[name], options, extent)
                rows = {cell.row: cell.changes for cell in cells}
                if options.done:
                    cells = [cell for cell in cells if is_done(cell, extent, options.out)]
                found = run(cells, extent, options.out, progress)
                shown = Table(TABLES[name].title, TABLES[name].figure, rows, TABLES[name].paper)
                texts.append(tables.markdown(shown, found, [name for name, _ in options.data]))
                results[name] = [{"row": row, "set": data, "seeds": seeds} for (row, data), seeds in found.items()]
    except ModelsError as problem:
        print(problem, file=sys.stderr)
        return 2
    text = "\n".join(texts)
    if options.markdown:
        options.markdown.write_text(text, encoding="utf-8")
    sys.stderr.write(text)
    publish("paper", {"quick": options.quick, "tables": results}, options.json)
    return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "tables", nargs="+", choices=[*TABLES, "all"], metavar="TABLE", help=f"{', '.join(TABLES)} or all"
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
