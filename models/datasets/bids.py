"""EEG and iEEG in the Brain Imaging Data Structure: sub-*/[ses-*/]{eeg,ieeg}/*_{eeg,ieeg}.{edf,bdf,vhdr,set,mefd}.

Beside each recording `*_events.tsv` says what was marked (onset, duration, trial_type, and channel where a data set has
that column), and `*_channels.tsv`, where it is there, which channels are bad, which are dropped, and of which type each
one is. Both must lie in the recording's own folder.

Unmarked time counts as read and without discharges, unless the caller says otherwise. Recordings without events, those
whose events are all of something else (a task's), and those in formats that are not read, are skipped with the reason;
events of no lines, or of stages alone, say that there was no discharge. Folder `derivatives` is not looked into.
"""

import dataclasses
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from models.datasets import mark_tables, tables, vocabulary
from models.datasets.annotations import Labelled, Skipped, each
from models.datasets.mark_times import Extent
from models.errors import DataError
from models.readers import recording as recordings
from models.readers.recording import Opened
from models.readers.xdf import Wanted

MODALITIES: Final = frozenset({"eeg", "ieeg"})
READ: Final = frozenset({".edf", ".bdf", ".vhdr", ".set", ".mefd"})
"""BrainVision and EEGLAB by MNE-Python, MEF 3 by pymef."""
NOT_READ: Final = frozenset({".nwb"})
"""A format that BIDS allows and nothing here reads."""


def is_bids(folder: Path) -> bool:
    """Whether a folder is a BIDS data set with EEG or iEEG in it."""
    return bool(_files(folder))


def read(
    folder: Path, *, complete: bool = True, positive_words: Sequence[str] = (), montage: str = ""
) -> Iterator[Labelled | Skipped]:
    """Yield the recordings of a data set, one at a time.

    Parameters
    ----------
    complete
        whether experts read all of every recording
    positive_words
        trial types that mean a discharge beside those of `vocabulary`
    montage
        "scalp" or "shaft": whose rate is read where both kinds of electrodes have one of their own

    Raises
    ------
    DataError
        if there is no such file in the folder
    """
    paths = _files(folder)
    if not paths:
        raise DataError(f"{folder}: holds no sub-*/eeg or sub-*/ieeg recording; name the root of the BIDS data set")
    yield from each(paths, lambda path: _labelled(path, complete, positive_words, montage))


def _files(folder: Path) -> list[Path]:
    return sorted(
        path
        for path in folder.glob("sub-*/**/*")
        if path.parent.name in MODALITIES
        and path.stem.rpartition("_")[2] == path.parent.name
        and path.suffix.lower() in READ | NOT_READ
    )


def _labelled(path: Path, complete: bool, positive_words: Sequence[str], montage: str) -> Labelled:
    if path.suffix.lower() not in READ:
        raise DataError(f"{path.suffix} is not read; convert it to .edf")
    events, channels = (path.with_name(f"{path.stem.rpartition('_')[0]}_{what}.tsv") for what in ("events", "channels"))
    if not events.is_file():
        raise DataError(f"has no {events.name}; so it is unknown whether an expert read it")
    opened = recordings.open_recording(path, Wanted(montage=montage))
    if channels.is_file():
        opened = _described(opened, tables.read(channels, ("name", "type")), channels.name)
    notes = mark_tables.notes(events, Extent(opened.head.start_utc, opened.duration_s), "trial_type")
    marks, stages = vocabulary.interpret(
        notes, labels=opened.head.labels, length_s=opened.duration_s, positive_words=positive_words
    )
    # A file without any event is fine: that it is there says that the recording was read.
    if marks and not any(mark.label == vocabulary.IED for mark in marks):
        raise DataError(
            f"none of its events is a discharge ({vocabulary.words_of(marks)}); an expert seems not to have read it, "
            "or say which word is one with --word"
        )
    name = path.stem.rpartition("_")[0]
    return Labelled(opened, name, name.partition("_")[0], marks, stages, complete=complete)


def _described(opened: Opened, rows: Sequence[dict[str, str]], table: str) -> Opened:
    """Leave bad channels out, and name them; take types from the table, and units where the recording states none."""
    recording, described = opened.head, {row["name"]: row for row in rows}
    # A table may miss one channel; a table that names none of them belongs to another recording.
    if not any(label in described for label in recording.labels):
        raise DataError(f"{table} names none of its channels; correct the names")
    kept = [
        at for at, label in enumerate(recording.labels) if described.get(label, {}).get("status", "").lower() != "bad"
    ]
    bad = (label for at, label in enumerate(recording.labels) if at not in kept)
    if not kept:
        raise DataError(f"{table} calls all of its channels bad")
    head = dataclasses.replace(
        recording,
        samples=recording.samples[kept],
        labels=tuple(recording.labels[at] for at in kept),
        # BIDS prescribes the column of types; of units the file knows better what its numbers are.
        types=tuple(_field(described, recording.labels[at], "type") or recording.types[at] for at in kept),
        units=tuple(recording.units[at] or _field(described, recording.labels[at], "units") for at in kept),
        left_out={**recording.left_out, **dict.fromkeys(bad, f"{table} calls it bad")},
    )
    pieces = opened.pieces
    return dataclasses.replace(
        opened, head=head, pieces=lambda first: ((at, found[kept]) for at, found in pieces(first))
    )


def _field(described: dict[str, dict[str, str]], label: str, column: str) -> str:
    value = described.get(label, {}).get(column, "")
    return "" if value.lower() in tables.MISSING else value
