"""Cells carried out in turn, or as many at once as Ray finds processors; the figures are the same either way."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import torch

from bench.paper.cells import Cell, Extent, Row, result
from models import tasks

Done = tuple[Cell, Row]
ENGINES = tasks.ENGINES


def carried_out(engine: str, cells: Sequence[Cell], extent: Extent, runs: Path) -> Iterator[Done]:
    """Yield cells with their figures as they are done, each a task on one processor.

    Raises
    ------
    ModelsError
        if Ray is asked for and not installed
    """
    with ENGINES[engine]() as running:
        for number, cell in enumerate(cells):
            # Workers may run in a working directory of their own, where relative paths lead nowhere.
            running.submit(number, _with_threads, torch.get_num_threads(), cell.absolute(), extent, runs.resolve())
        for number, row in running.results():
            yield cells[number], row


def _with_threads(threads: int, cell: Cell, extent: Extent, runs: Path) -> Row:
    # As many as in turn: another number of threads would change the last bits of sums.
    torch.set_num_threads(threads)
    return result(cell, extent, runs)
