"""What experts marked in recordings: from one table of many files, or from each recording's own marks."""

import csv
import json
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Final

from models.datasets import mark_files, tables
from models.datasets.mark_files import Discharges, Span
from models.errors import DataError
from models.readers.recording import open_recording
from models.readers.xdf import Wanted
from stream.errors import InputError

COLUMNS: Final = ("file", "time_s")
REMEDY: Final = "write a CSV table with the columns file,time_s (s from the file's start), and if you like subject"
EVENTS: Final = frozenset({".json", ".jsonl"})
"""What `spikewatch events --json` and `score --json` print."""


@dataclass(slots=True)
class Marks:
    """What is marked in one file; `subject` is the file's name where nothing names one.

    `times_s`, `spans_s` and `runs_s` are as `Discharges` has them.
    """

    subject: str
    times_s: list[float] = field(default_factory=list)
    spans_s: list[Span] = field(default_factory=list)
    runs_s: list[Span] = field(default_factory=list)

    @property
    def are_none(self) -> bool:
        """Whether nothing is marked."""
        return not (self.times_s or self.spans_s or self.runs_s)


def read_marks(path: Path, recordings: Sequence[Path] = ()) -> dict[str, Marks]:
    """Read marks by file name.

    Parameters
    ----------
    path
        a CSV table of `file` and `time_s` (a row without a time names a file in which nothing was marked; files of one
        `subject` count as one); lines of JSON as `events` and `score` print them; a file of one recording's marks, as
        `mark_files` reads it; or a folder of such
    recordings
        those to find marks for

    Raises
    ------
    InputError
        that names the file, the line and the remedy
    """
    if path.is_dir():
        return {str(one): _own(_in_folder(path, one), one) for one in recordings}
    if path.suffix.lower() in EVENTS:
        return _events(path, recordings)
    if path.suffix.lower() in mark_files.KINDS and not _names_files(path):
        return _of_one(path, recordings)
    return _table(path)


def marks_of(path: Path, marks: Mapping[str, Marks], *, healthy: bool) -> Marks:
    """Return what was marked in a file, found by its path as given, else by its name, else in or beside it.

    Raises
    ------
    InputError
        if nothing is known of it and it is not declared to be of a healthy person
    """
    for name in (str(path), path.name):
        if name in marks:
            return marks[name]
    if healthy:
        return Marks(path.name)
    # Where a table was given, a file that it does not name was forgotten there.
    beside = None if marks else mark_files.beside(path)
    # Not taken for this one: files of two people may have one name in two folders.
    if elsewhere := [name for name in marks if re.split(r"[\\/]", name)[-1] == path.name]:
        raise InputError(f'{path}: the table of --marks names "{elsewhere[0]}"; write the path as it is given here')
    if beside is None:
        raise InputError(
            f"{path}: no marks in it or beside it; name it in the table of --marks, or say --healthy if it has no "
            "discharge"
        )
    return _own(beside, path)


def _own(marks: Path, recording: Path) -> Marks:
    opened = open_recording(recording, Wanted(type=""))
    try:
        found = mark_files.read(marks, opened.head.labels, opened.length / opened.head.rate_hz)
    except DataError as problem:
        raise InputError(str(problem)) from None
    return _as_marks(recording.name, found)


def _as_marks(subject: str, found: Discharges) -> Marks:
    return Marks(subject, list(found.times_s), list(found.spans_s), list(found.runs_s))


def _in_folder(folder: Path, recording: Path) -> Path:
    there = mark_files.beside(folder / recording.name)
    if there is None:
        raise InputError(f"{folder}: holds no marks of {recording.name}; {REMEDY}")
    return there


def _of_one(path: Path, recordings: Sequence[Path]) -> dict[str, Marks]:
    """Read a file that is of one recording: the only one, or the one of its name."""
    stem = path.stem.removesuffix("_events")
    named = [one for one in recordings if one.stem in {stem, f"{stem}_eeg", f"{stem}_ieeg"}]
    found = recordings if len(recordings) == 1 else named
    if len(found) != 1:
        raise InputError(f"{path}: is marks of one recording; give that one alone, or its folder as --marks")
    return {str(found[0]): _own(path, found[0])}


def _names_files(path: Path) -> bool:
    """Check whether a table has a column of files; what cannot be read is told where it is read."""
    if path.suffix.lower() not in tables.SUFFIXES:
        return False
    try:
        return "onset" not in tables.columns(path)
    except DataError:
        return True


def _table(path: Path) -> dict[str, Marks]:
    found: dict[str, Marks] = {}
    line = 1
    try:
        rows, between = _rows(path)
        for row in rows:
            line = rows.line_num + 1
            # Excel leaves rows of separators alone where something was deleted.
            if not any(isinstance(value, str) and value.strip() for value in row.values()):
                continue
            name = _named(row["file"])
            marks = found.setdefault(name, Marks(row.get("subject") or name))
            # Between commas, "1,234" in quotes may as well be a thousand.
            time_s = row["time"] if between == "," else tables.pointed(row["time"] or "")
            marks.times_s += [_finite(time_s)] if time_s else []
    except (ValueError, csv.Error) as problem:
        raise InputError(f"{path}: line {line}: {problem}; {REMEDY}") from None
    except OSError as problem:
        raise InputError(f"{path}: cannot be read ({problem.strerror}); {REMEDY}") from None
    except DataError as problem:
        raise InputError(str(path.with_name(str(problem)))) from None
    if not found:
        raise InputError(f"{path}: names no file; {REMEDY}")
    return found


def _rows(path: Path) -> tuple["csv.DictReader[str]", str]:
    """Return the rows below a table's first line, by names without capitals and units, and what separates fields."""
    table = tables.text(path)
    header = table.readline()
    between = tables.separator(header)
    columns = next(csv.reader([header], delimiter=between), [])
    names = [tables.plain_name(column) for column in columns]
    if missing := [column for column in COLUMNS if tables.plain_name(column) not in names]:
        there = ", ".join(columns)[:80]
        raise InputError(f"{path}: has no column {missing[0]!r} (it has: {there}); {REMEDY}")
    return csv.DictReader(table, names, delimiter=between), between


def _events(path: Path, recordings: Sequence[Path]) -> dict[str, Marks]:
    """Read events: of the file that each names, else of the only recording, by the time of day."""
    found: dict[str, Marks] = {}
    only = str(recordings[0]) if len(recordings) == 1 else ""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, ValueError) as problem:
        raise InputError(f"{path}: cannot be read ({problem}); {REMEDY}") from None
    began: dict[str, datetime] = {}
    for number, line in enumerate(lines, 1):
        try:
            event = json.loads(line) if line.strip() else {"summary": {}}
            # Not the account of a file, nor what else a journal holds.
            if "summary" in event or event.get("kind", "ied") != "ied":
                continue
            name = event.get("file") or only
            if not name:
                raise InputError(f"{path}: its events name no file; give one recording alone")
            if "time_s" not in event and name not in began:
                began[name] = _began(Path(name), path)
            time_s = event["time_s"] if "time_s" in event else _since(began[name], event["utc"])
            found.setdefault(name, Marks(Path(name).name)).times_s.append(_finite(time_s))
        except (ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError) as problem:
            raise InputError(f"{path}: line {number}: is no event ({problem}); {REMEDY}") from None
    return found


def _named(file: str | None) -> str:
    # A line that is cut short ends before its file.
    if not file:
        raise ValueError("names no file")
    return file


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
