"""Differences between two rows of a table over pairs of trainings, each pair on one set with one seed.

Both of a pair saw the same windows, so that what makes a set hard cancels; means of a row over seeds keep it.
"""

import math
from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np

from bench.marked import markdown as table_of
from bench.paper.plans import Table
from bench.paper.tables import interval

Row = dict[str, Any]
Cells = Mapping[tuple[str, str], Sequence[Row]]
WORTH: Final = 0.03
"""A difference of the size that the papers report."""
FEWEST: Final = 3
"""Of two pairs the spread, and with it the number that would be needed, is chance."""
# Standard normal quantiles: a two-sided test at 5 %, and 80 % of true differences found.
_TEST, _POWER = 1.96, 0.84


def pairs(table: Table, cells: Cells, row: str, names: Sequence[str]) -> list[float]:
    """Return a row's figures less those of the row that it is compared with, of every set and seed that both have.

    A training that found nothing counts as 0: it is a result, and to leave it out would favour what fails often.
    """
    ours, theirs = ([cells.get((one, name), ()) for name in names] for one in (row, table.against[row]))
    return [
        mine.get(table.figure, 0.0) - other.get(table.figure, 0.0)
        for seeds, others in zip(ours, theirs, strict=True)
        for mine, other in zip(seeds, others, strict=False)
    ]


def pairs_needed(differences: Sequence[float], worth: float = WORTH) -> int:
    """Return how many pairs a mean difference of `worth` needs to be told from none in 80 % of experiments."""
    return math.ceil(((_TEST + _POWER) * float(np.std(differences, ddof=1)) / worth) ** 2)


def markdown(table: Table, cells: Cells, names: Sequence[str]) -> str:
    """Return a table of differences, of rows with enough pairs; nothing where there are none."""
    found = {row: pairs(table, cells, row, names) for row in table.against if row in table.rows}
    lines = [_line(row, table.against[row], found[row]) for row in found if len(found[row]) >= FEWEST]
    if not lines:
        return ""
    head = ["row", "less", "pairs", f"difference of {table.figure.upper()}, 95 % interval", f"pairs for {WORTH:g}"]
    return table_of(head, lines) + "\n"


def _line(row: str, other: str, differences: Sequence[float]) -> list[str]:
    low, high = interval(differences)
    text = f"{np.mean(differences):+.3f} ({low:+.3f} to {high:+.3f})"
    return [row, other, str(len(differences)), text, str(pairs_needed(differences))]
