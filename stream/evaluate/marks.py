"""What experts marked in recordings: from one table of many files, or from each recording's own marks."""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from models.datasets import json_rows, mark_files, mark_tables, tables
from models.errors import DataError
from stream.errors import InputError
from stream.evaluate.listed_marks import FILE, REMEDY, events, table_of_files
from stream.evaluate.own_marks import Marks, own_marks

__all__ = ["Marks", "marks_of", "read_marks"]

TABLES = (*tables.SUFFIXES, ".txt")


def read_marks(path: Path, recordings: Sequence[Path] = (), words: Sequence[str] = ()) -> dict[str, Marks]:
    """Read marks by file name.

    Parameters
    ----------
    path
        a table of `file` and `time_s` (a row without a time names a file in which nothing was marked; files of one
        `subject` count as one); events in JSON as `events` and `score` print them; a file of one recording's marks, as
        `mark_files` reads it; or a folder of such
    recordings
        those to find marks for
    words
        texts that mean a discharge beside those that are known

    Raises
    ------
    InputError
        that names the file, the line and the remedy
    """
    if path.is_dir():
        return {str(one): own_marks(_in_folder(path, one), one, words) for one in recordings}
    kind = path.suffix.lower()
    if kind in json_rows.SUFFIXES and not _is_of_one(path):
        return events(path, recordings)
    if kind in mark_files.KINDS and not (kind in TABLES and _names_files(path)):
        return _of_one(path, recordings, words)
    return table_of_files(path, recordings, words)


def marks_of(path: Path, marks: Mapping[str, Marks], *, healthy: bool, words: Sequence[str] = ()) -> Marks:
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
    # With a table of marks, a file that the table does not name was probably forgotten there.
    beside = None if marks else mark_files.beside(path)
    # Marks of a file of the same name in another folder are not used: it may be another person's.
    if elsewhere := [name for name in marks if re.split(r"[\\/]", name)[-1] == path.name]:
        raise InputError(f'{path}: the table of --marks names "{elsewhere[0]}"; write the path as it is given here')
    if beside is None:
        raise InputError(
            f"{path}: no marks in it or beside it; name it in the table of --marks, or say --healthy if it has no "
            "discharge"
        )
    return own_marks(beside, path, words)


def _in_folder(folder: Path, recording: Path) -> Path:
    there = mark_files.beside(folder / recording.name)
    if there is None:
        raise InputError(f"{folder}: holds no marks of {recording.name}; {REMEDY}")
    return there


def _of_one(path: Path, recordings: Sequence[Path], words: Sequence[str]) -> dict[str, Marks]:
    """Read a file that is of one recording: the only one, or the one of its name."""
    stem = path.stem.removesuffix("_events")
    named = [one for one in recordings if one.stem in {stem, f"{stem}_eeg", f"{stem}_ieeg"}]
    found = recordings if len(recordings) == 1 else named
    if len(found) != 1:
        raise InputError(f"{path}: is marks of one recording; give that one alone, or its folder as --marks")
    return {str(found[0]): own_marks(path, found[0], words)}


def _names_files(path: Path) -> bool:
    """Check whether a table has a column of files; a table that cannot be read is reported where it is read."""
    try:
        return FILE in tables.columns(path)
    except DataError:
        return True


def _is_of_one(path: Path) -> bool:
    """Check whether JSON holds marks and no events."""
    try:
        return mark_tables.read(path).is_of_marks
    except (DataError, OSError):
        return False
