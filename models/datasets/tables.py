"""Tables of events and channels beside a recording: .csv and .tsv, every line whole or an error."""

import csv
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from models.datasets.annotations import Mark
from models.errors import DataError

SUFFIXES: Final = (".csv", ".tsv")
MISSING: Final = frozenset({"", "n/a", "na"})
"""What tables write where a field has no value; BIDS prescribes "n/a"."""


def beside(path: Path) -> list[Path]:
    """Return the tables of a recording's name in its folder: `a.csv` and `a.tsv` of `a.edf`."""
    return [table for suffix in SUFFIXES if (table := path.with_suffix(suffix)).is_file()]


def read(path: Path, needed: Sequence[str]) -> list[dict[str, str]]:
    """Read a table with a header line; .tsv is separated by tabs, .csv by commas.

    Raises
    ------
    DataError
        if it is no text, lacks a column of `needed`, or a line has more or fewer fields than the header
    """
    lines = _lines(path)
    header = [name.strip() for name in lines[0]] if lines else []
    lacking = [name for name in needed if header.count(name) != 1]
    if lacking:
        raise DataError(f"{path.name}: has no column {lacking[0]}, or two; its first line must name the columns")
    # A line that lost a field has all others in the wrong column.
    for number, line in enumerate(lines, start=1):
        if len(line) != len(header):
            raise DataError(f"{path.name}: line {number} has {len(line)} fields for {len(header)} columns; mend it")
    return [dict(zip(header, (field.strip() for field in line), strict=True)) for line in lines[1:]]


def columns(path: Path) -> list[str]:
    """Return the names in a table's first line.

    Raises
    ------
    DataError
        if it is no text
    """
    return [name.strip() for line in _lines(path)[:1] for name in line]


def _lines(path: Path) -> list[list[str]]:
    separator = "\t" if path.suffix.lower() == ".tsv" else ","
    try:
        # Excel begins UTF-8 with a mark that would become part of the first column's name.
        with path.open(encoding="utf-8-sig", newline="") as file:
            return [line for line in csv.reader(file, delimiter=separator, strict=True) if line]
    except (OSError, UnicodeDecodeError, csv.Error) as problem:
        raise DataError(f"{path.name}: cannot be read as a table ({problem}); save it as UTF-8 text") from None


def notes(path: Path, text: str) -> list[Mark]:
    """Read a table of events as marks whose label is the text as it was written.

    Columns `onset` and `duration` in seconds, the text's, and `channel` where there is one.

    Raises
    ------
    DataError
        if a column is missing or a number is none
    """
    rows = read(path, ("onset", "duration", text))
    return [
        Mark(
            _seconds(path, row["onset"]),
            0.0 if row["duration"].lower() in MISSING else _seconds(path, row["duration"], smallest=0.0),
            row[text],
            "" if row.get("channel", "").lower() in MISSING else row["channel"],
        )
        for row in rows
    ]


def _seconds(path: Path, field: str, smallest: float = -math.inf) -> float:
    try:
        value = float(field)
    except ValueError:
        value = math.nan
    # float() also reads "nan" and "inf", which are no place in a recording.
    if not math.isfinite(value) or value < smallest:
        raise DataError(f'{path.name}: "{field[:20]}" is no number of seconds that can be; mend it')
    return value
