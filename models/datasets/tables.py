"""Tables of events and channels: .csv and .tsv, every line whole or an error."""

import codecs
import csv
import io
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from models.errors import DataError

SUFFIXES: Final = (".csv", ".tsv")
MISSING: Final = frozenset({"", "n/a", "na"})
"""What tables write where a field has no value; BIDS prescribes "n/a"."""
_IN_SECONDS: Final = re.compile(r"(?<=\w)(_s|_secs?|_seconds| ?[(\[](s|secs?|seconds)[)\]])$")
"""How a column's name says that it holds seconds, which is what `onset` and `duration` hold without it."""
_UTF_16: Final = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_WORKBOOK: Final = b"PK\x03\x04"
_DECIMAL_COMMA: Final = re.compile(r"\s*[-+]?\d+,\d+\s*")


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
        raise DataError(lacks(path.name, lacking[0], header))
    # In a line that lost a field all later fields are in the wrong column.
    for number, line in enumerate(lines, start=1):
        if len(line) != len(header):
            raise DataError(f"{path.name}: line {number} has {len(line)} fields for {len(header)} columns; mend it")
    return [dict(zip(header, (field.strip() for field in line), strict=True)) for line in lines[1:]]


def lacks(name: str, column: str, there: Sequence[str]) -> str:
    """Return what is to be said of a table without a column, or with two of it."""
    holds = f"it has: {', '.join(there)[:80]}" if there else "it is empty"
    return f"{name}: has no column {column}, or two ({holds}); its first line must name the columns"


def columns(path: Path) -> list[str]:
    """Return the names in a table's first line.

    Raises
    ------
    DataError
        if it is no text
    """
    return _names(_lines(path))


def text(path: Path) -> io.StringIO:
    """Return the text of a table, from its first line on, in UTF-8, or in UTF-16 as Excel's "Unicode text" has it.

    Raises
    ------
    DataError
        if it is no text; OSError, if it cannot be read
    """
    content = path.read_bytes()
    if content.startswith(_WORKBOOK):
        raise DataError(f"{path.name}: is a workbook and no table; save its sheet as CSV")
    try:
        # Excel begins UTF-8 with a mark that would become part of the first column's name.
        found = io.StringIO(content.decode("utf-16" if content[:2] in _UTF_16 else "utf-8-sig"), newline="")
    except UnicodeDecodeError:
        raise DataError(f"{path.name}: is not UTF-8; save it as UTF-8 text") from None
    # What tells Excel the separator is no line of the table.
    if not found.readline().lower().startswith("sep="):
        found.seek(0)
    return found


def separator(header: str) -> str:
    """Return what separates the fields of a .csv by its first line: a comma, a semicolon or a tab."""
    # Where the comma is the decimal point, Excel writes semicolons under the same ending.
    return max((",", ";", "\t"), key=header.count)


def pointed(field: str) -> str:
    """Return a number with a decimal comma, "1,5", with a point; other text as it is."""
    return field.replace(",", ".") if _DECIMAL_COMMA.fullmatch(field) else field


def plain_name(column: str) -> str:
    """Return a column's name without capitals and the unit of seconds: "Time (s)" and "time_s" are time."""
    return _IN_SECONDS.sub("", column.strip().casefold())


def _names(lines: list[list[str]]) -> list[str]:
    return [plain_name(name) for line in lines[:1] for name in line]


def _lines(path: Path) -> list[list[str]]:
    try:
        file = text(path)
        begin = file.tell()
        between = "\t" if path.suffix.lower() == ".tsv" else separator(file.readline())
        file.seek(begin)
        # Excel leaves rows of separators alone where something was deleted.
        lines = [line for line in csv.reader(file, delimiter=between, strict=True) if any(map(str.strip, line))]
    except (OSError, csv.Error) as problem:
        raise DataError(f"{path.name}: cannot be read as a table ({problem}); save it as UTF-8 text") from None
    # Between commas, "1,234" in quotes may as well be a thousand.
    return lines if between == "," else [[pointed(field) for field in line] for line in lines]
