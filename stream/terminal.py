"""Answers on stdout: a table for a person, JSON lines for a program."""

import json
import sys
from collections.abc import Iterable, Sequence

import typer
from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from stream.printable import printable

PIPE_COLUMNS = 200
"""A pipe has no width of its own: wide enough that no cell of ours is folded there, so that `grep` sees whole lines."""


def print_table(columns: Sequence[str], rows: Iterable[Sequence[object]], colours: Sequence[str] = ()) -> None:
    """Print a table; `colours` has a style for each row, or nothing."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for column in columns:
        # Folded, not cut: the end of a path or of a reason is often the part that matters.
        table.add_column(column, overflow="fold")
    for index, row in enumerate(rows):
        # As Text: square brackets in a channel's name would be read as markup, and control characters obeyed.
        cells = [Text(printable(str(value))) for value in row]
        table.add_row(*cells, style=colours[index] if colours else None)
    Console(width=None if sys.stdout.isatty() else PIPE_COLUMNS).print(table)


def print_json(answer: object) -> None:
    """Print one JSON value on one line."""
    # str for what JSON does not know: paths and times come so from dataclasses.
    typer.echo(json.dumps(answer, ensure_ascii=False, default=str))
