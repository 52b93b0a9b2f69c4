"""Question: what has `bench.house` found, at the layout's beginning and now? Writes the tables of CONTRIBUTING.md.

Command: python -m bench.house_tables
"""

import sys
from collections.abc import Sequence
from typing import Any, Final

from bench.house import PACKAGES, PARTS
from bench.machine import ROOT
from bench.marked import committed, markdown, written

PAGE: Final = ROOT / "CONTRIBUTING.md"
COMMAND: Final = "python -m bench.house_tables"
SIZES: Final = {
    "files": "files",
    "lines": "lines",
    "median_file": "median file",
    "files_over_250": "files above 250",
    "median_body": "median body",
    "p90_body": "p90 body",
    "longest_body": "longest body",
    "comments_per_100": "comments a 100 lines",
}
"""Columns, and what they are called; bodies and files in lines."""
ROOMS: Final = {"rooms": "rooms", "floors": "floors", "arrows": "arrows", "upward": "upward arrows"}


def page() -> str:
    """Return the page with both tables as the results have them."""
    before, now = committed("house_before"), committed("house")
    text = written(PAGE.read_text(encoding="utf-8"), "sizes", COMMAND, table(before, now, "sizes", PARTS, SIZES))
    return written(text, "rooms", COMMAND, table(before, now, "rooms", PACKAGES, ROOMS))


def table(before: dict[str, Any], now: dict[str, Any], what: str, parts: Sequence[str], columns: dict[str, str]) -> str:
    """Return a table with a row for each part; a cell is the figure now, after the one before where that differs."""
    rows = [
        [part, *(_cell(before[what][part][column], now[what][part][column]) for column in columns)] for part in parts
    ]
    return markdown(["part", *columns.values()], rows)


def _cell(before: float, now: float) -> str:
    return f"{now:g}" if before == now else f"{before:g} -> {now:g}"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
    sys.stdout.write(PAGE.read_text(encoding="utf-8"))
