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
from collections.abc import Iterable, Sequence
from typing import Any, Final

import torch
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from bench.machine import publish
from bench.paper import figure5b, figures, tables
from bench.paper.cells import Cell, Extent, Row, comparable, is_done
from bench.paper.options import SPEED, extent_of, parsed, wanted
from bench.paper.plans import TABLES
from bench.paper.running import Done, carried_out
from models.datasets import windowset
from models.errors import ModelsError

SPEED_OF: Final = {False: (11, 256), True: (1, 8)}
"""Rounds, and the width of SC, in full and quick."""
Found = dict[tuple[str, str], list[Row]]


def cells_of(table: str, options: argparse.Namespace, extent: Extent) -> list[Cell]:
    """Return the cells of a table, seed by seed, so that a run which is stopped has whole tables of fewer seeds."""
    return [
        Cell(row, changes, name, data, seed, options.by, TABLES[table].usual)
        for seed in extent.seeds
        for name, data in options.data
        for row, changes in wanted(table, options.systems).items()
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
    cells = cells_of(name, options, extent)
    named = {cell.row: cell.changes for cell in cells}
    if options.done:
        cells = comparable([cell for cell in cells if is_done(cell, extent, options.out)])
    found = run(cells, carried_out(options.engine, cells, extent, options.out), progress)
    shown = dataclasses.replace(table, rows=named)
    sets = [name for name, _ in options.data]
    text = "\n".join([tables.markdown(shown, found, sets), figures.markdown(shown, found, sets)])
    return text, [{"row": row, "set": data, "seeds": seeds} for (row, data), seeds in found.items()]


def main() -> int:
    """Run; return 0, 2 for a mistake in the arguments, or 130 where it was stopped."""
    options = parsed(__doc__)
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
        extent = extent_of(options)
        with Progress(*columns, console=Console(stderr=True)) as progress:
            made = {name: make(name, options, extent, progress) for name in options.tables}
    except ModelsError as problem:
        print(problem, file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print(f"stopped; the same command goes on with what is in {options.out}", file=sys.stderr)
        return 130
    text = "\n".join(markdown for markdown, _ in made.values())
    if options.markdown:
        options.markdown.parent.mkdir(parents=True, exist_ok=True)
        options.markdown.write_text(text, encoding="utf-8")
    sys.stderr.write(text)
    found = {name: rows for name, (_, rows) in made.items()}
    publish("paper", {"quick": options.quick, "tables": found, "settings": _settings(options, extent)}, options.json)
    return 0


def _settings(options: argparse.Namespace, extent: Extent) -> dict[str, Any]:
    """Return what decided the cells beside their table: with it a result can be made again."""
    sets = {name: windowset.load(data).header.note for name, data in options.data}
    rates = extent.rates if options.rates or options.quick else "those of each table"
    return {**dataclasses.asdict(extent), "rates": rates, "by": options.by, "sets": sets}


if __name__ == "__main__":
    sys.exit(main())
