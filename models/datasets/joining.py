"""Several window sets made into one."""

import dataclasses
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Final

import numpy as np

from models.datasets.windowset import SPLITS, Header, WindowSet, load
from models.datasets.windowset_writer import Writer
from models.errors import DataError

MUST_AGREE: Final = ("channels", "window_samples", "context_samples", "rate_hz", "bandpass_hz", "unit")
"""What is stated once for all windows of a set."""


def join(folders: Sequence[Path], out: Path, header: Header) -> WindowSet:
    """Write the windows of some sets, one set after the other, into a new one.

    Parameters
    ----------
    folders
        of finished window sets
    header
        of the new set; its names come from the sets

    Raises
    ------
    DataError
        if a set cannot be read, or its windows are of another kind than the header says
    """
    with Writer(out, header) as writer:
        for folder in folders:
            windowset = load(folder)
            _refuse_other_kind(windowset, header)
            for run in _runs(windowset):
                _add(writer, windowset, run)
    return load(out)


def together(folders: Sequence[Path], out: Path, command: str) -> WindowSet:
    """Write finished window sets into a new one that says what each is and by which command it was made.

    Raises
    ------
    DataError
        if a set cannot be read, is named twice or is of another kind than the first, or if one set trains on a person
        by whom another validates or tests
    """
    sets = {folder: load(folder) for folder in folders}
    if len(sets) < len(folders):
        raise DataError(f"{', '.join(map(str, folders))}: a set is named twice; name each once")
    _refuse_on_two_sides(sets.values())
    headers = {folder: one.header for folder, one in sets.items()}
    first = headers[folders[0]]
    sources = dict.fromkeys(header.source for header in headers.values())
    notes = [f"{folder.name}: {header.note} (`{header.command}`)" for folder, header in headers.items()]
    made = dataclasses.replace(first, source=" and ".join(sources), command=command, note="; ".join(notes))
    return join(folders, out, made)


def _refuse_on_two_sides(sets: Iterable[WindowSet]) -> None:
    # Figures of a network that was trained on the people who validate it would look better than it is.
    known: dict[str, set[int]] = {}
    for windowset in sets:
        for number, name in enumerate(windowset.header.subjects):
            sides = set(np.unique(windowset.split[windowset.subject == number]).tolist())
            if known.setdefault(name, sides) != sides:
                raise DataError(
                    f"{windowset.folder}: {name} is in other parts (train, validation, test) than in the sets before; "
                    "make the sets from the same recordings, or rename the person if it is another one"
                )


def _refuse_other_kind(windowset: WindowSet, header: Header) -> None:
    # Other rates or units would be different signals under one name.
    ours, theirs = dataclasses.asdict(header), dataclasses.asdict(windowset.header)
    for key in MUST_AGREE:
        if ours[key] != theirs[key]:
            raise DataError(f"{windowset.folder}: {key} is {theirs[key]}, of the other sets {ours[key]}: make it alike")


def _runs(windowset: WindowSet) -> Iterator[slice]:
    """Yield stretches of windows that share all names."""
    names = np.stack([windowset.subject, windowset.recording, windowset.group, windowset.montage, windowset.split])
    # A writer takes windows of one subject, recording, group, montage and split at a time.
    edges = np.flatnonzero(np.any(np.diff(names.astype(np.int64), axis=1), axis=0)) + 1
    bounds = [0, *edges.tolist(), len(windowset)]
    yield from (slice(first, end) for first, end in pairwise(bounds) if end > first)


def _add(writer: Writer, windowset: WindowSet, run: slice) -> None:
    header, at = windowset.header, run.start
    writer.add(
        windowset.windows[run],
        windowset.label[run],
        windowset.start_s[run],
        subject=header.subjects[windowset.subject[at]],
        recording=header.recordings[windowset.recording[at]],
        group=header.groups[windowset.group[at]],
        montage=header.montages[windowset.montage[at]],
        split=SPLITS[windowset.split[at]],
        stages=windowset.stage[run],
    )
