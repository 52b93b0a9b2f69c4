"""Any folder of recordings whose discharges are marked: in EDF+ annotations, in a table beside, or in both.

Of .edf, .bdf, .xdf and what MNE-Python reads (`readers.vendor`) every file counts; of .npz and .mat, which may hold
anything, those with a table beside.

The table of `a/b.edf` is `a/b.csv`, or what else `mark_tables` reads, with columns onset, duration (seconds), label (or
trial_type, or description), and channel if you like.

Whose recording it is, the path says and never the header, whose patient field is private: files in folders below the
given one belong to the first folder's name (so that all sessions of one person stay together), files in it to their
own name up to the first "_" or "-".

Unmarked time counts as read and without discharges, unless the caller says otherwise. A file in which no discharge is
marked is skipped, since its annotations may be the recorder's own, and it looks like one that no expert has read; a
table beside it of a header line alone says that one has. A table whose words are all unknown says nothing.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

from models.datasets import mark_tables, vocabulary
from models.datasets.annotations import Labelled, Mark, Skipped, StageSpan, each
from models.datasets.mark_times import Extent
from models.errors import DataError
from models.readers import edf_annotations as tals
from models.readers import recording as recordings
from models.readers.edf_layout import SAMPLE_BYTES
from models.readers.recording import Annotation, Recording
from models.readers.vendor import READERS
from models.readers.xdf import Wanted

SUFFIXES: Final = frozenset({".edf", ".bdf", ".xdf", *READERS})
WITH_TABLE: Final = frozenset({".npz", ".mat"})
ANY_TYPE: Final = Wanted(type="")
"""Of an .xdf without a stream of type EEG, its only one will do."""


def is_edf(folder: Path) -> bool:
    """Whether there are such files in a folder or below it."""
    return bool(_files(folder))


def read(
    folder: Path, *, complete: bool = True, positive_words: Sequence[str] = (), montage: str = ""
) -> Iterator[Labelled | Skipped]:
    """Yield the recordings of a folder, one at a time.

    Parameters
    ----------
    complete
        whether experts read all of every recording
    positive_words
        texts that mean a discharge beside those of `vocabulary`
    montage
        "scalp" or "shaft": whose rate is read where both kinds of electrodes have one of their own

    Raises
    ------
    DataError
        if there is no such file in the folder
    """
    paths = _files(folder)
    if not paths:
        raise DataError(f"{folder}: holds no .edf, .bdf or .xdf file; name the folder of the recordings")
    yield from each(paths, lambda path: _labelled(folder, path, complete, positive_words, montage))


def read_files(paths: Sequence[Path]) -> Iterator[Labelled | Skipped]:
    """Yield single recordings, one at a time, each belonging to the person that its own name says."""
    yield from each(paths, lambda path: _labelled(path.parent, path, complete=True, positive_words=()))


def _annotations(
    path: Path, recording: Recording, *, may_be_damaged: bool
) -> tuple[tuple[Annotation, ...], tuple[str, ...]]:
    """Return a file's annotations and a remark on those that are not used: damaged ones beside a table of marks."""
    if path.suffix.lower() not in SAMPLE_BYTES:
        return recording.annotations, ()
    try:
        return tals.read(path), ()
    except DataError as damage:
        if not may_be_damaged:
            raise
        # Whoever wrote the table beside said there what is a discharge; of damaged texts none is known to be whole.
        return (), (f"its annotations are left out, and the table beside it alone is used ({damage})",)


def whose(folder: Path, path: Path) -> str:
    """Return the name of the person a file belongs to."""
    # All sessions of a person must be on one side of a split.
    below = path.relative_to(folder).parts
    return below[0] if len(below) > 1 else re.split("[_-]", path.stem)[0] or path.stem


def _files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file() and _is_recording(path))


def _is_recording(path: Path) -> bool:
    kind = path.suffix.lower()
    # BrainVision's data, which its header names, and MNE-Python's files of annotations.
    if path.name.endswith(mark_tables.FIF_ENDS) or (kind == ".eeg" and path.with_suffix(".vhdr").is_file()):
        return False
    return kind in SUFFIXES or (kind in WITH_TABLE and bool(mark_tables.beside(path)))


def _labelled(folder: Path, path: Path, complete: bool, positive_words: Sequence[str], montage: str = "") -> Labelled:
    opened = recordings.open_recording(path, replace(ANY_TYPE, montage=montage))
    beside = mark_tables.beside(path)
    noted, remarks = _annotations(path, opened.head, may_be_damaged=bool(beside))
    recording = replace(opened.head, remarks=(*opened.head.remarks, *remarks))
    opened = replace(opened, head=recording)
    extent = Extent(recording.start_utc, opened.duration_s)
    # Not the annotations that came with an EDF: those are read with allowance for damage.
    own = [Mark(note.onset_s, note.duration_s, note.text) for note in noted]
    tabled = [note for table in beside for note in mark_tables.notes(table, extent)]

    def meaning(notes: Sequence[Mark]) -> tuple[tuple[Mark, ...], tuple[StageSpan, ...]]:
        return vocabulary.interpret(
            notes, labels=recording.labels, length_s=opened.duration_s, positive_words=positive_words
        )

    marks, stages = meaning([*own, *tabled])
    if not any(mark.label == vocabulary.IED for mark in marks):
        _check_was_read(path, marks, meaning(tabled)[0] if beside else None)
    name = path.relative_to(folder).with_suffix("").as_posix()
    return Labelled(opened, name, whose(folder, path), marks, stages, complete=complete)


def _check_was_read(path: Path, marks: Sequence[Mark], tabled: Sequence[Mark] | None) -> None:
    """Check that an expert read a recording without discharges; `tabled` are the marks in a table beside it, if any."""
    if tabled:
        raise DataError(vocabulary.no_discharge(tabled))
    if tabled is None:
        reason = (
            f"none of its texts is a discharge ({vocabulary.words_of(marks)})" if marks else "no discharge is marked"
        )
        raise DataError(
            f"{reason}, and no {path.stem}.csv says that an expert read it; write one, if only its header line"
            + ("; or say which word is a discharge with --word" if marks else "")
        )
