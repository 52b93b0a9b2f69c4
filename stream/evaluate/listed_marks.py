"""What is marked in many files: a table that names them, or events as Spikewatch prints them."""

import csv
import json
import math
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from models.datasets import mark_files, mark_tables, mark_times, tables
from models.datasets.mark_tables import Table
from models.errors import DataError
from models.readers.recording import open_recording
from models.readers.xdf import Wanted
from stream.errors import InputError
from stream.evaluate.own_marks import Marks, marked_of

FILE: Final = "file"
REMEDY: Final = "write a CSV table with the columns file,time_s (s from the file's start), and if you like subject"

_Row = dict[str, str]


def table_of_files(path: Path, recordings: Sequence[Path], words: Sequence[str]) -> dict[str, Marks]:
    """Read a table of files: each row is a discharge, or, where there is a column of texts, what its text means.

    Raises
    ------
    InputError
        that names the table, the line and the remedy
    """
    rows: dict[str, list[_Row]] = {}
    line = 1
    try:
        for number, row in _rows(path):
            line = number
            if time := row[_when(row)]:
                mark_times.check(time)
            rows.setdefault(_named(row[FILE]), []).append(row)
    except DataError as problem:
        raise InputError(f"{path}: line {line}: {problem}") from None
    except (ValueError, csv.Error) as problem:
        raise InputError(f"{path}: line {line}: {problem}; {REMEDY}") from None
    except OSError as problem:
        raise InputError(f"{path}: cannot be read ({problem.strerror}); {REMEDY}") from None
    if not rows:
        raise InputError(f"{path}: names no file; {REMEDY}")
    return {name: _marks(path, name, theirs, recordings, words) for name, theirs in rows.items()}


def _marks(path: Path, name: str, rows: list[_Row], recordings: Sequence[Path], words: Sequence[str]) -> Marks:
    """Return the marks of one file; of one that is none of the recordings only that it is named."""
    table = Table(tuple(rows[0]), rows)
    when, what = table.column(mark_tables.ONSETS), table.column(mark_tables.TEXTS)
    marks = Marks(rows[0].get("subject") or name)
    timed = [row for row in rows if row[when]]
    if not what and all(map(_is_number, (row[when] for row in timed))):
        marks.times_s = [float(row[when]) for row in timed]
        return marks
    recording = next((one for one in recordings if name in {str(one), one.name}), None)
    if recording is None or not timed:
        return marks
    marked = marked_of(recording, words)
    try:
        if not what:
            marks.times_s = mark_times.onsets_s([row[when] for row in timed], marked.extent, when)
            return marks
        notes = mark_tables.notes_of(f"{path}: {name}", Table(table.names, timed), marked.extent)
        return Marks.of(marks.subject, mark_files.joined(mark_files.meant(notes, marked)))
    except DataError as problem:
        text = str(problem)
        raise InputError(text if text.startswith(str(path)) else f"{path}: {name}: {text}") from None


def _when(names: Iterable[str]) -> str:
    return Table(tuple(names), []).column(mark_tables.ONSETS)


def _rows(path: Path) -> Iterator[tuple[int, _Row]]:
    """Yield the rows below a table's first line with their lines, by names without capitals and units."""
    try:
        text = tables.text(path)
    except DataError as problem:
        raise InputError(str(path.with_name(str(problem)))) from None
    header = text.readline()
    between = "\t" if path.suffix.lower() == ".tsv" else tables.separator(header)
    columns = next(csv.reader([header], delimiter=between), [])
    names = [tables.plain_name(column) for column in columns]
    lacking = FILE if FILE not in names else "time_s"
    if FILE not in names or not _when(names):
        raise InputError(f"{path}: has no column {lacking!r} (it has: {', '.join(columns)[:80]}); {REMEDY}")
    rows = csv.DictReader(text, names, delimiter=between)
    for row in rows:
        fields = {str(name): str(value or "").strip() for name, value in row.items() if name is not None}
        if "time" in fields:
            # What Spikewatch found has an onset from the peak, too.
            fields.pop("onset", None)
        # Excel leaves rows of separators alone where something was deleted. Between commas, "1,234" in quotes may as
        # well be a thousand.
        if any(fields.values()):
            yield rows.line_num + 1, fields if between == "," else {k: tables.pointed(v) for k, v in fields.items()}


def _is_number(text: str) -> bool:
    try:
        return math.isfinite(float(text))
    except ValueError:
        return False


def _named(file: str) -> str:
    # A line that is cut short ends before its file.
    if not file:
        raise ValueError("names no file")
    return file


def events(path: Path, recordings: Sequence[Path]) -> dict[str, Marks]:
    """Read events: of the file that each names, else of the only recording, by the time of day.

    Raises
    ------
    InputError
        that names the file, the line and the remedy
    """
    found: dict[str, Marks] = {}
    only = str(recordings[0]) if len(recordings) == 1 else ""
    began: dict[str, datetime] = {}
    for number, text in enumerate(_lines(path), 1):
        try:
            event = json.loads(text) if isinstance(text, str) else text
            name = event.get(FILE) or only
            # A file's summary says that the file was scored, perhaps without an event. Other entries of a journal are
            # skipped.
            if "summary" in event and name:
                found.setdefault(name, Marks(Path(name).name))
            if "summary" in event or event.get("kind", "ied") != "ied":
                continue
            if not name:
                raise InputError(f"{path}: its events name no file; give one recording alone")
            if "time_s" not in event and name not in began:
                began[name] = _began(Path(name), path)
            time_s = event["time_s"] if "time_s" in event else _since(began[name], event["utc"])
            found.setdefault(name, Marks(Path(name).name)).times_s.append(_finite(time_s))
        except (ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError) as problem:
            raise InputError(f"{path}: line {number}: is no event ({problem}); {REMEDY}") from None
    return found


def _lines(path: Path) -> Sequence[Any]:
    """Return the lines of a file that say something, or the elements of the list that it is."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, ValueError) as problem:
        raise InputError(f"{path}: cannot be read ({problem}); {REMEDY}") from None
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        found = None
    return found if isinstance(found, list) else [line for line in text.splitlines() if line.strip()]


def _finite(time_s: str | float) -> float:
    """Return a number of seconds; float() also reads "nan" and "inf", which are no place in a recording."""
    seconds = float(time_s)
    if not math.isfinite(seconds):
        raise ValueError(f"{time_s} is no number of seconds")
    return seconds


def _since(began: datetime, utc: str) -> float:
    return (datetime.fromisoformat(utc) - began).total_seconds()


def _began(recording: Path, marks: Path) -> datetime:
    opened = open_recording(recording, Wanted(type=""))
    began = datetime.fromisoformat(opened.head.start_utc) if opened.head.start_utc else None
    if began is None or began.tzinfo is None:
        raise InputError(f"{marks}: its events have times of day, and {recording} does not say when it began in UTC")
    return began
