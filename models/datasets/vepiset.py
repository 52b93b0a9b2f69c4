"""vEpiSet (figshare 10.6084/m9.figshare.28069568): 84 patients, 20 min each at 500 Hz, discharges and wake or sleep.

What is known of its files comes from the group's public code; the files themselves were not at hand. One file a
patient, in any folder below the given one:

- `.mat`: as `models.readers.vepiset_mat` reads it, in volts.
- `.edf`: the same channels, remarks as EDF+ annotations.

Remarks: "!" a discharge at this instant; "!start" and "!end" around continuous discharges; "Waking" and "Sleeping",
each until the next of the two. A remark that begins with "!" and goes on otherwise is a discharge too, as in the
group's code. Experts read all of it. The file's name is the patient's. Any other form is skipped, with the reason.
"""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from models.datasets import mark_tables, vocabulary
from models.datasets.annotations import Labelled, Mark, Skipped, each
from models.errors import DataError
from models.readers import edf_annotations as tals
from models.readers import mat as matfile
from models.readers import recording as recordings
from models.readers import vepiset_mat
from models.readers.contract import in_memory
from models.readers.recording import Annotation, Recording
from models.readers.vepiset_mat import RATE_HZ

EPOCH_S: Final = 4.0
GUARD_S: Final = 0.1
"""An instant this close to an epoch's edge is not counted, as in the group's code."""
PUBLISHED_EPOCHS: Final = (2_516, 22_933)
"""Epochs with and without a discharge that the group's read-me counts."""


def is_vepiset(folder: Path) -> bool:
    """Whether a folder looks like the set: .mat files without tables beside, and nothing else that is a recording."""
    files = _files(folder)
    # Its marks are in the files; a table beside one makes it a recording of the user's own.
    return bool(files) and all(path.suffix == ".mat" and not mark_tables.beside(path) for path in files)


def read(folder: Path, *, positive_words: Sequence[str] = ()) -> Iterator[Labelled | Skipped]:
    """Yield the set's recordings with their marks, one at a time; `positive_words` mean a discharge, too."""
    yield from each(_files(folder), lambda path: _labelled(path, positive_words))


def epoch_labels(labelled: Labelled) -> NDArray[np.uint8]:
    """Return (epochs,): 1 where an epoch of 4 s holds a discharge, as the group counts them.

    An instant counts 0.1 s inside the epoch, an interval wherever it touches one. Differs from the group's code: there
    the last remark in an epoch decides, so that a "Waking" behind a discharge hides it, and six epochs are set by hand.
    """
    begins_s = np.arange(0.0, labelled.opened.duration_s, EPOCH_S)
    labels = np.zeros(len(begins_s), np.uint8)
    for mark in labelled.marks:
        if mark.label == vocabulary.IED:
            # An interval has its own ends; only an instant may lie so near an edge that it belongs to neither side.
            guard_s = 0.0 if mark.duration_s else GUARD_S
            end_s = mark.onset_s + mark.duration_s
            labels[(end_s > begins_s + guard_s) & (mark.onset_s < begins_s + EPOCH_S - guard_s)] = 1
    return labels


def _files(folder: Path) -> list[Path]:
    # Sorted, so that the order of patients, and with it every split, is that of their names.
    return sorted(path for path in folder.rglob("*") if path.suffix in {".mat", ".edf"} and path.is_file())


def _labelled(path: Path, positive_words: Sequence[str]) -> Labelled:
    is_mat = path.suffix == ".mat"
    opened = in_memory(vepiset_mat.recording(matfile.read(path))) if is_mat else recordings.open_recording(path)
    recording = opened.head
    notes = _notes(path, recording)
    if recording.rate_hz != RATE_HZ:
        raise DataError(f"has {recording.rate_hz:g} Hz; vEpiSet has {RATE_HZ:g}")
    if not notes:
        raise DataError("has no remarks; a recording without any looks like one that no expert has read")
    marks, stages = vocabulary.interpret(
        notes, labels=recording.labels, length_s=opened.duration_s, positive_words=positive_words
    )
    return Labelled(opened, path.stem, path.stem, marks, stages)


def remarks(annotations: Iterable[Annotation]) -> list[Mark]:
    """Return remarks as marks, each "!" as a discharge in the words of `vocabulary`."""
    return [Mark(note.onset_s, 0.0, _meant(note.text)) for note in annotations]


def _meant(remark: str) -> str:
    text = remark.strip()
    pair = text.lower() in {vocabulary.BEGIN, vocabulary.END}
    return vocabulary.IED if text.startswith("!") and not pair else text


def _notes(path: Path, recording: Recording) -> list[Mark]:
    # Not the annotations that came with an EDF: those are read with allowance for damage.
    return remarks(recording.annotations if path.suffix == ".mat" else tals.read(path))
