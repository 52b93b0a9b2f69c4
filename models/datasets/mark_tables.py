"""Marks in tables, each row with its own words: .csv, .tsv, what MNE-Python's `Annotations.save` writes, and JSON.

Columns, or keys of objects, are when (onset, time, start, clock, elapsed), how long (duration, or end), the text
(trial_type, label, description, ...) and where (channel, ch_names, ...); see `mark_times` for how times are written. A
row without a duration is an instant.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from models.datasets import json_rows, tables
from models.datasets.annotations import Mark
from models.datasets.mark_times import OF_CLOCK, Extent, duration_s, from_origin, onsets_s
from models.datasets.vocabulary import IED
from models.errors import DataError, RecordingError
from models.readers import vendor

ALWAYS: Final = tables.SUFFIXES
"""Endings that say "table" beside a recording; files of the others may be anything."""
PERHAPS: Final = (".txt", *json_rows.SUFFIXES)
FIF: Final = ".fif"
FIF_ENDS: Final = ("-annot.fif", "_annot.fif")
"""How MNE-Python wants the names of files of annotations to end."""
SUFFIXES: Final = (*ALWAYS, *PERHAPS, FIF)
LARGEST_BYTES: Final = 10_000_000
"""A larger file beside a recording is its samples as text, and is not looked into."""
MNE_BEGINS: Final = "# MNE-Annotations"
_MNE_COLUMNS: Final = 3
"""Onset, duration, description; more of them stand behind these."""
ONSETS: Final = ("onset", "time", "start", "begin", "elapsed", *sorted(OF_CLOCK))
ENDS: Final = ("end", "stop")
TEXTS: Final = ("trial_type", "label", "description", "annotation", "text", "event", "comment", "remark", "note")
PLACES: Final = ("channel", "channels", "ch_names", "derivation", "electrode")


@dataclass(frozen=True, slots=True)
class Table:
    """The names of columns, and rows by them; numbers of seconds count from `origin` (ISO 8601, or "")."""

    names: tuple[str, ...]
    rows: list[dict[str, str]]
    origin: str = ""

    def column(self, known: Sequence[str]) -> str:
        """Return the first of some columns that is there, "" where none is; "Start time" is start."""
        there = {name.removesuffix("time").rstrip(" _") or name: name for name in reversed(self.names)}
        return next((found for name in known if (found := name if name in self.names else there.get(name, ""))), "")

    @property
    def is_of_times_alone(self) -> bool:
        """Whether it has no other column than of when, how long and where: then each row is a discharge."""
        known = {self.column(names) for names in (ONSETS, ENDS, PLACES, ("duration",))}
        return bool(self.column(ONSETS)) and set(self.names) <= known

    @property
    def is_of_marks(self) -> bool:
        """Whether it says of texts when they were set; what Spikewatch prints of its own events is no expert's."""
        return bool(self.column(ONSETS) and self.column(TEXTS)) and not {"file", "utc", "kind"} & set(self.names)


def may_be_of_experts(path: Path) -> bool:
    """Whether a file is a table of what experts marked, in one recording or in many; not what Spikewatch wrote."""
    try:
        if path.suffix.lower() not in (*ALWAYS, *PERHAPS) or path.stat().st_size > LARGEST_BYTES:
            return False
        table = read(path)
    except (DataError, OSError):
        return False
    of_files = {"file", "time"} <= set(table.names) <= {"file", "time", "subject", *TEXTS}
    return table.is_of_marks or table.is_of_times_alone or of_files


def beside(path: Path) -> list[Path]:
    """Return the tables of marks of a recording's name in its folder: `a.csv` and `a.json` of `a.edf`."""
    named = [path.with_suffix(suffix) for suffix in (*ALWAYS, *PERHAPS)]
    fif = [path.with_name(f"{path.stem}{end}") for end in FIF_ENDS]
    return [one for one in (*named, *fif) if one != path and one.is_file() and _is_of_marks(one)]


def _is_of_marks(path: Path) -> bool:
    if path.suffix.lower() not in PERHAPS:
        return True
    try:
        return path.stat().st_size <= LARGEST_BYTES and read(path).is_of_marks
    except (DataError, OSError):
        return False


def read(path: Path) -> Table:
    """Read a table, whatever it holds.

    Raises
    ------
    DataError
        if it is no table
    """
    kind = path.suffix.lower()
    if kind in json_rows.SUFFIXES:
        rows = json_rows.read(path)
        return Table(tuple(dict.fromkeys(name for row in rows for name in row)), rows)
    if kind == ".txt" and (lines := tables.text(path).read().splitlines()) and lines[0].strip() == MNE_BEGINS:
        return _of_mne(path, lines)
    return Table(tuple(tables.columns(path)), tables.read(path, ()))


def notes(path: Path, extent: Extent, of: str = "") -> list[Mark]:
    """Read marks whose label is the text as it was written; `of` is its column, where a format prescribes one.

    Raises
    ------
    DataError
        if a column is missing or repeated, or a time is none
    """
    if path.suffix.lower() == FIF:
        return _of_fif(path, extent)
    return notes_of(path.name, read(path), extent, of)


def notes_of(name: str, table: Table, extent: Extent, of: str = "") -> list[Mark]:
    """Return the marks of a table that is called `name`; see `notes`."""
    when, what = table.column(ONSETS), of or table.column(TEXTS)
    alone = not what and table.is_of_times_alone
    for column, wanted in ((when, ONSETS[0]), (when if alone else what, "label")):
        if table.names.count(column) != 1:
            raise DataError(tables.lacks(name, column or wanted, table.names))
    if not table.rows:
        return []
    where, ends = table.column(PLACES), table.column(ENDS)
    try:
        texts = [_counted(row.get(when, ""), table.origin, extent) for row in table.rows]
        begins_s = onsets_s(texts, extent, when)
        last = onsets_s([row[ends] for row in table.rows], extent, when) if _lasts_until(table, ends) else begins_s
        spans = [
            (begin_s, duration_s(length) if _is_there(length := row.get("duration", "")) else end_s - begin_s)
            for row, begin_s, end_s in zip(table.rows, begins_s, last, strict=True)
        ]
    except DataError as problem:
        raise DataError(f"{name}: {problem}") from None
    if any(length_s < 0 for _, length_s in spans):
        raise DataError(f"{name}: a mark ends before it begins; mend it")
    return [
        Mark(begin_s, length_s, IED if alone else row.get(what, ""), place)
        for row, (begin_s, length_s) in zip(table.rows, spans, strict=True)
        for place in _places(row.get(where, ""))
    ]


def _lasts_until(table: Table, ends: str) -> bool:
    return bool(ends) and all(_is_there(row.get(ends, "")) for row in table.rows)


def _counted(text: str, origin: str, extent: Extent) -> str:
    try:
        return from_origin(float(text), origin, extent) if origin else text
    except (ValueError, OverflowError):
        return text


def _is_there(field: str) -> bool:
    return field.lower() not in tables.MISSING


def _places(field: str) -> list[str]:
    """Return what a field names: MNE-Python writes several channels with colons between them."""
    return [place.strip() for place in field.split(":") if _is_there(place.strip())] or [""]


def _of_mne(path: Path, lines: Sequence[str]) -> Table:
    comments = [line[1:].strip() for line in lines if line.startswith("#")]
    origin = next((line.partition(":")[2].strip() for line in comments if line.startswith("orig_time")), "")
    names = [tables.plain_name(name) for name in comments[-1].split(",")]
    if len(names) < _MNE_COLUMNS:
        raise DataError(f"{path.name}: its comments do not name the columns; save it again")
    rows = []
    for line in lines:
        if line.strip() and not line.startswith("#"):
            # A comma in a text is written as it is.
            *begin, rest = line.split(",", _MNE_COLUMNS - 1)
            rows.append(dict(zip(names, [*begin, *rest.rsplit(",", len(names) - _MNE_COLUMNS)], strict=False)))
    if any(len(row) != len(names) for row in rows):
        raise DataError(f"{path.name}: a line has fewer fields than its columns are ({', '.join(names)}); mend it")
    return Table(tuple(names), [{name: field.strip() for name, field in row.items()} for row in rows], origin)


def _of_fif(path: Path, extent: Extent) -> list[Mark]:
    try:
        origin, found = vendor.annotations(path)
    except RecordingError as problem:
        raise DataError(f"{path.name}: {problem}") from None
    rows = [{"onset": repr(one.onset_s), "duration": repr(one.duration_s), "label": one.text} for one in found]
    return notes_of(path.name, Table(("onset", "duration", "label"), rows, origin), extent)
