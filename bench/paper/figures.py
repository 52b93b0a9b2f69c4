"""All figures of a table's rows, not the one that ranks them alone, and their differences pair by pair."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

import numpy as np

from bench.marked import markdown as table_of
from bench.paper import differences
from bench.paper.plans import Table
from bench.paper.tables import interval

Row = dict[str, Any]
Cells = Mapping[tuple[str, str], Sequence[Row]]
DIGITS: Final = 3


def markdown(table: Table, cells: Cells, names: Sequence[str]) -> str:
    """Return for each set a table of means over seeds and one of differences, with 95 % intervals; or nothing."""
    if not table.figures:
        return ""
    parts = []
    for name in names:
        means = [[row, *(_mean(cells.get((row, name), ()), key) for key in table.figures)] for row in table.rows]
        parts.append(table_of([name, *table.figures.values()], means))
        lines = [[row, table.against[row], *_differences(table, cells, row, name)] for row in _compared(table)]
        if lines := [line for line in lines if any(text != "-" for text in line[2:])]:
            parts.append(table_of(["row", "less", *table.figures.values()], lines))
    return "\n".join(parts)


def _compared(table: Table) -> list[str]:
    return [row for row in table.against if row in table.rows]


def _mean(seeds: Sequence[Row], key: str) -> str:
    found = [seed[key] for seed in seeds if key in seed]
    if not found:
        return "-"
    low, high = interval(found)
    shown = f"{np.mean(found):.{DIGITS}f}"
    return f"{shown} ({low:.{DIGITS}f} to {high:.{DIGITS}f})" if len(found) > 1 else shown


def _differences(table: Table, cells: Cells, row: str, name: str) -> list[str]:
    return [_difference(replace(table, figure=key), cells, row, name) for key in table.figures]


def _difference(table: Table, cells: Cells, row: str, name: str) -> str:
    # A figure that one of the two does not have, as sleep, is not compared.
    if not all(table.figure in seed for one in (row, table.against[row]) for seed in cells.get((one, name), ())):
        return "-"
    found = differences.pairs(table, cells, row, [name])
    if len(found) < differences.FEWEST:
        return "-"
    low, high = interval(found)
    return f"{np.mean(found):+.{DIGITS}f} ({low:+.{DIGITS}f} to {high:+.{DIGITS}f})"
