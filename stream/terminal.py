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
"""A pipe has no width; nothing is cut off in one."""


def show(columns: Sequence[str], rows: Iterable[Sequence[object]], colours: Sequence[str] = ()) -> None:
    """Print a table; `colours` has a style for each row, or nothing."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for column in columns:
        table.add_column(column, overflow="fold")
    for index, row in enumerate(rows):
        cells = [Text(printable(str(value))) for value in row]
        table.add_row(*cells, style=colours[index] if colours else None)
    Console(width=None if sys.stdout.isatty() else PIPE_COLUMNS).print(table)


def say_json(answer: object) -> None:
    """Print one JSON value on one line."""
    typer.echo(json.dumps(answer, ensure_ascii=False, default=str))
