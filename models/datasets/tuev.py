"""The TUH EEG Events corpus, v2.0: one-second marks of single derivations, in six classes.

    edf/train/<subject>/<subject>_<number>.edf     edf/eval/<number>/<class>_<number>_<...>.edf

Beside each recording lie a `.rec` (rows "13,90.4,91.4,6": derivation, start s, stop s, code) and a `_ch000.lab` for
each derivation (rows "117100000 117200000 eyem": start and stop in 10 microseconds). The number of a derivation is its
place in the corpus's TCP montage, not a channel of the EDF.

The name of an eval file names no person. All files of one eval folder are taken for one person of their own, called
"eval-<number>"; whether two folders are of one person the corpus does not say.

Rows are taken as they are, doubled and overlapping ones too: iEDeaL's Table 1 counts them so. A `.rec` with a row that
cannot be right is skipped whole, since the fault may be in every row. `.lab` files only stand in where a `.rec` is
missing; where they contradict one, the `.rec` is followed, whose rows Table 1 counts; `contradicted` says how often.
"""

import codecs
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from models.datasets.annotations import Choice, Labelled, Mark, Skipped, each
from models.errors import DataError
from models.readers import recording as recordings
from models.readers.recording import Recording
from models.signal.electrodes import electrode

CLASSES: Final = ("spsw", "gped", "pled", "eyem", "artf", "bckg")
"""Codes 1 to 6: spike and slow wave, generalised and lateralised periodic discharges, eyes, artefact, background."""

DERIVATIONS: Final = (
    "FP1-F7", "F7-T3", "T3-T5", "T5-O1", "FP2-F8", "F8-T4", "T4-T6", "T6-O2",
    "A1-T3", "T3-C3", "C3-CZ", "CZ-C4", "C4-T4", "T4-A2",
    "FP1-F3", "F3-C3", "C3-P3", "P3-O1", "FP2-F4", "F4-C4", "C4-P4", "P4-O2",
)  # fmt: skip
"""The TCP montage; a derivation's number is its place here."""

_PERIODIC, _BENIGN = frozenset(CLASSES[:3]), frozenset(CLASSES[3:])
SUBSETS: Final[Mapping[str, Choice]] = {
    "3,3": Choice("3,3", _PERIODIC, _BENIGN),
    "1,1": Choice("1,1", frozenset({"spsw"}), frozenset({"bckg"})),
    "1,3": Choice("1,3", frozenset({"spsw"}), _BENIGN),
}
"""iEDeaL's, named by how many classes are with and without a discharge."""

TABLE_1: Final[Mapping[str, Mapping[str, tuple[int, int]]]] = {
    "3,3": {"train": (18_083, 65_949), "test": (7_242, 22_179)},
    "1,1": {"train": (645, 53_726), "test": (567, 19_646)},
    "1,3": {"train": (645, 65_949), "test": (567, 22_179)},
}
"""Rows with and without a discharge in iEDeaL's Table 1; "train" before validation is taken out of it."""

PAPER_F1: Final[Mapping[str, float]] = {"3,3": 0.88, "1,1": 0.57, "1,3": 0.49}
"""Of iEDeaL on the test rows, its table 2."""

# Ten microseconds, as the corpus's own tools write times.
LAB_UNIT_S: Final = 1e-5

_TIME = r"([0-9]+(?:\.[0-9]*)?(?:[eE][-+]?[0-9]+)?)"
_REC_ROW: Final = re.compile(rf"\s*([0-9]+)\s*,\s*{_TIME}\s*,\s*{_TIME}\s*,\s*([0-9]+)\s*")
_LAB_ROW: Final = re.compile(r"\s*([0-9]+)\s+([0-9]+)\s+([a-z]{4})\s*")
_TRAIN: Final = re.compile(r"([0-9a-z]+)_[0-9]+")
_EVAL: Final = re.compile(r"[a-z]{4}_([0-9]{3})_.*")


def is_tuev(folder: Path) -> bool:
    """Whether a folder looks like the corpus: edf/train or edf/eval with marks beside recordings."""
    return any(path.with_suffix(".rec").is_file() or _labs(path) for path in recordings_of(folder))


def read(folder: Path) -> Iterator[Labelled | Skipped]:
    """Yield the corpus's recordings with their marks, one at a time, train first.

    `folder` is the corpus, or its `edf`.
    """
    yield from each(recordings_of(folder), _read)


def recordings_of(folder: Path) -> Iterator[Path]:
    """Yield the paths of the corpus's recordings, train first."""
    # The corpus as it was downloaded, or the folder inside it.
    top = folder / "edf" if (folder / "edf").is_dir() else folder
    for part in ("train", "eval"):
        yield from sorted((top / part).glob("*/*.edf"))


def lacking(recording: Recording) -> frozenset[str]:
    """Return the derivations that a recording's electrodes cannot give."""
    there = {electrode(label) for label in recording.labels}
    return frozenset(name for name in DERIVATIONS if not {electrode(end) for end in name.split("-")} <= there)


def contradicted(path: Path) -> int:
    """Count rows of a recording's `.rec` over which its `.lab` says something else, and never the same.

    Raises
    ------
    DataError
        if a row of either cannot be right
    """
    in_lab = {name: [mark for mark in _lab_marks(path) if mark.derivation == name] for name in DERIVATIONS}
    rows = rec_marks(path.with_suffix(".rec")) if path.with_suffix(".rec").is_file() else ()
    found = ({other.label for other in in_lab[row.derivation] if _share_time(row, other)} for row in rows)
    return sum(bool(labels) and row.label not in labels for row, labels in zip(rows, found, strict=True))


def _share_time(one: Mark, other: Mark) -> bool:
    return one.onset_s < other.onset_s + other.duration_s and other.onset_s < one.onset_s + one.duration_s


def _read(path: Path) -> Labelled:
    subject, split = _whose(path)
    rec = path.with_suffix(".rec")
    marks = rec_marks(rec) if rec.is_file() else _lab_marks(path)
    if not marks:
        raise DataError(f"no marks: {rec.name} is {'empty' if rec.is_file() else 'not beside it'}")
    opened = recordings.open_recording(path)
    recording = opened.head
    # Some recordings lack an electrode; one that lacks all has channels by other names.
    if len(lacking(recording)) == len(DERIVATIONS):
        raise DataError(f"none of the 22 derivations can be made of its channels {', '.join(recording.labels[:6])}")
    _refuse_doubled(recording)
    # The last mark is enough: of another file's marks, it is the one that lies outside.
    last = max(marks, key=lambda mark: mark.onset_s)
    if last.onset_s >= opened.duration_s:
        raise DataError(f"a mark begins at {last.onset_s:g} s of {opened.duration_s:g} s: these are another file's")
    # Not complete: what no row covers was not judged.
    return Labelled(opened, path.stem, subject, marks, split=split, complete=False)


def _whose(path: Path) -> tuple[str, str]:
    """Return whose a recording is and the part it belongs to."""
    train = path.parent.parent.name == "train"
    named = (_TRAIN if train else _EVAL).fullmatch(path.stem)
    if named is None or named[1] != path.parent.name:
        raise DataError(f"its name does not follow from its folder {path.parent.name}, so whose it is is unknown")
    return (named[1], "train") if train else (f"eval-{named[1]}", "test")


def _refuse_doubled(recording: Recording) -> None:
    names = [electrode(label) for label in recording.labels]
    wanted = {electrode(end) for derivation in DERIVATIONS for end in derivation.split("-")}
    doubled = sorted({name for name in names if name in wanted and names.count(name) > 1})
    if doubled:
        raise DataError(f"two channels are both electrode {doubled[0]}")


def rec_marks(path: Path) -> tuple[Mark, ...]:
    """Return the rows of a `.rec`.

    Raises
    ------
    DataError
        if a row cannot be right
    """
    return tuple(_rec_mark(path, number, row) for number, row in _rows(path))


def _rec_mark(path: Path, number: int, row: str) -> Mark:
    fields = _REC_ROW.fullmatch(row)
    if fields is None:
        raise DataError(f"{path.name}, line {number}: is not like 13,90.4,91.4,6")
    place, start_s, stop_s, code = int(fields[1]), float(fields[2]), float(fields[3]), int(fields[4])
    if place >= len(DERIVATIONS) or not 1 <= code <= len(CLASSES):
        raise DataError(f"{path.name}, line {number}: derivation {place}, code {code}: they go to 21, and from 1 to 6")
    return _mark(path, number, start_s, stop_s, CLASSES[code - 1], place)


def _lab_marks(path: Path) -> tuple[Mark, ...]:
    return tuple(_lab_mark(lab, number, row) for lab in _labs(path) for number, row in _rows(lab))


def _labs(path: Path) -> list[Path]:
    return [lab for n in range(len(DERIVATIONS)) if (lab := path.with_name(f"{path.stem}_ch{n:03}.lab")).is_file()]


def _lab_mark(path: Path, number: int, row: str) -> Mark:
    fields = _LAB_ROW.fullmatch(row)
    if fields is None or fields[3] not in CLASSES:
        raise DataError(f"{path.name}, line {number}: is not like 117100000 117200000 eyem")
    start_s, stop_s = (int(field) * LAB_UNIT_S for field in fields.groups()[:2])
    return _mark(path, number, start_s, stop_s, fields[3], int(path.stem[-3:]))


def _mark(path: Path, number: int, start_s: float, stop_s: float, label: str, place: int) -> Mark:
    if not start_s < stop_s < float("inf"):
        raise DataError(f"{path.name}, line {number}: from {start_s:g} s to {stop_s:g} s is no time")
    return Mark(start_s, stop_s - start_s, label, DERIVATIONS[place])


def _rows(path: Path) -> Iterator[tuple[int, str]]:
    """Yield the numbered rows of a text that are not blank."""
    try:
        # ASCII, so that a damaged byte is an error and not a row that almost fits.
        lines = path.read_bytes().removeprefix(codecs.BOM_UTF8).decode("ascii").splitlines()
    except UnicodeDecodeError as problem:
        raise DataError(f"{path.name}: has a byte that no row has, at {problem.start}") from None
    yield from ((number, line) for number, line in enumerate(lines, 1) if line.strip())
