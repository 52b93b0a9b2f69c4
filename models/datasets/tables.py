"""Tables of events and channels beside a recording: .csv and .tsv, every line whole or an error."""

import csv
import math
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from models.datasets.annotations import Mark
from models.errors import DataError

SUFFIXES: Final = (".csv", ".tsv")
MISSING: Final = frozenset({"", "n/a", "na"})
"""What tables write where a field has no value; BIDS prescribes "n/a"."""
_IN_SECONDS: Final = re.compile(r"(?<=\w)(_s|_secs?|_seconds| ?[(\[](s|secs?|seconds)[)\]])$")
"""How a column's name says that it holds seconds, which is what `onset` and `duration` hold without it."""
_DECIMAL_COMMA: Final = re.compile(r"\s*[-+]?\d+,\d+\s*")


def beside(path: Path) -> list[Path]:
    """Return the tables of a recording's name in its folder: `a.csv` and `a.tsv` of `a.edf`."""
    return [table for suffix in SUFFIXES if (table := path.with_suffix(suffix)).is_file()]


def read(path: Path, needed: Sequence[str]) -> list[dict[str, str]]:
    """Read a table with a header line; .tsv has tabs, .csv what `separator` says.

    Names may have capitals and the unit of seconds: "Onset (s)" and "onset_s" are onset.

    Raises
    ------
    DataError
        if it is no text, lacks a column of `needed`, or a line has more or fewer fields than the header
    """
    lines = _lines(path)
    header = _names(lines)
    lacking = [name for name in needed if header.count(name) != 1]
    if lacking:
        there = f"it has: {', '.join(header)[:80]}" if header else "it is empty"
        raise DataError(
            f"{path.name}: has no column {lacking[0]}, or two ({there}); its first line must name the columns"
        )
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
    return _names(_lines(path))


def text_column(path: Path) -> str:
    """Return the column of a table of events that holds their text: BIDS, we and MNE-Python name it differently.

    Raises
    ------
    DataError
        if it is no text
    """
    there = columns(path)
    return next((name for name in ("trial_type", "label", "description") if name in there), "label")


def separator(header: str) -> str:
    """Return what separates the fields of a .csv by its first line: a comma, a semicolon or a tab."""
    # Where the comma is the decimal point, Excel writes semicolons under the same ending.
    return max((",", ";", "\t"), key=header.count)


def pointed(field: str) -> str:
    """Return a number with a decimal comma, "1,5", with a point; other text as it is."""
    return field.replace(",", ".") if _DECIMAL_COMMA.fullmatch(field) else field


def _names(lines: list[list[str]]) -> list[str]:
    return [_IN_SECONDS.sub("", name.strip().casefold()) for line in lines[:1] for name in line]


def _lines(path: Path) -> list[list[str]]:
    try:
        # Excel begins UTF-8 with a mark that would become part of the first column's name.
        with path.open(encoding="utf-8-sig", newline="") as file:
            between = "\t" if path.suffix.lower() == ".tsv" else separator(file.readline())
            file.seek(0)
            lines = [line for line in csv.reader(file, delimiter=between, strict=True) if line]
            # Between commas, "1,234" in quotes may as well be a thousand.
            return lines if between == "," else [[pointed(field) for field in line] for line in lines]
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
