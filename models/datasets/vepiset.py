"""vEpiSet (figshare 10.6084/m9.figshare.28069568): 84 patients, 20 min each at 500 Hz, discharges and wake or sleep.

What is known of its files comes from the group's public code; the files themselves were not at hand. One file a
patient, in any folder below the given one:

- `.mat`: `eeg_data` (29, n) in the order of CHANNELS, and `events` (m, 2 or more) of text, seconds first, remark last.
  [R] In volts, since the group's code wrote what MNE read and its networks divide by 1e-3; a file whose amplitudes
  cannot be volts is skipped.
- `.edf`: the same channels, remarks as EDF+ annotations.

Remarks: "!" a discharge at this instant; "!start" and "!end" around continuous discharges; "Waking" and "Sleeping",
each until the next of the two. A remark that begins with "!" and goes on otherwise is a discharge too, as in the
group's code. Experts read all of it. The file's name is the patient's. Any other form is skipped, with the reason.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from models.datasets import vocabulary
from models.datasets.annotations import Labelled, Mark, Skipped, each
from models.errors import DataError
from models.readers import edf_annotations as tals
from models.readers import mat as matfile
from models.readers import recording as recordings
from models.readers.recording import Recording

CHANNELS: Final = (
    "Fp1", "Fp2", "F3", "F4", "C3", "C4", "P3", "P4", "O1", "O2", "F7", "F8", "T3", "T4", "T5", "T6", "Fz", "Cz", "Pz",
    "PG1", "PG2", "A1", "A2", "EKG1", "EKG2", "EMG1", "EMG2", "EMG3", "EMG4",
)  # fmt: skip
SCALP: Final = 19
"""The first so many are electrodes of the 10-20 system."""
TYPES: Final = ("EEG",) * SCALP + ("MISC",) * 2 + ("EEG",) * 2 + ("ECG",) * 2 + ("EMG",) * 4

RATE_HZ: Final = 500.0
EPOCH_S: Final = 4.0
GUARD_S: Final = 0.1
"""An instant this close to an epoch's edge is not counted, as in the group's code."""
PUBLISHED_EPOCHS: Final = (2_516, 22_933)
"""Epochs with and without a discharge that the group's read-me counts."""

PLAUSIBLE_V: Final = (1e-7, 1e-2)
"""What a scalp electrode's deviation may be in volts: the middle one of a recording."""


def is_vepiset(folder: Path) -> bool:
    """Whether a folder looks like the set: .mat files and nothing else that is a recording."""
    files = _files(folder)
    return bool(files) and all(path.suffix == ".mat" for path in files)


def read(folder: Path) -> Iterator[Labelled | Skipped]:
    """Yield the set's recordings with their marks, one at a time."""
    yield from each(_files(folder), _labelled)


def epoch_labels(labelled: Labelled) -> NDArray[np.uint8]:
    """Return (epochs,): 1 where an epoch of 4 s holds a discharge, as the group counts them.

    An instant counts 0.1 s inside the epoch, an interval wherever it touches one. Differs from the group's code: there
    the last remark in an epoch decides, so that a "Waking" behind a discharge hides it, and six epochs are set by hand.
    """
    begins_s = np.arange(0.0, labelled.recording.duration_s, EPOCH_S)
    labels = np.zeros(len(begins_s), np.uint8)
    for mark in labelled.marks:
        if mark.label == vocabulary.IED:
            # An interval has ends of its own; only an instant may lie so near an edge that it belongs to neither side.
            guard_s = 0.0 if mark.duration_s else GUARD_S
            end_s = mark.onset_s + mark.duration_s
            labels[(end_s > begins_s + guard_s) & (mark.onset_s < begins_s + EPOCH_S - guard_s)] = 1
    return labels


def _files(folder: Path) -> list[Path]:
    # Sorted, so that the order of patients, and with it every split, is that of their names.
    return sorted(path for path in folder.rglob("*") if path.suffix in {".mat", ".edf"} and path.is_file())


def _labelled(path: Path) -> Labelled:
    recording, notes = _mat(path) if path.suffix == ".mat" else _edf(path)
    if recording.rate_hz != RATE_HZ:
        raise DataError(f"has {recording.rate_hz:g} Hz; vEpiSet has {RATE_HZ:g}")
    if not notes:
        raise DataError("has no remarks; a recording without any looks like one that no expert has read")
    meant = [Mark(note.onset_s, note.duration_s, _meant(note.label)) for note in notes]
    marks, stages = vocabulary.interpret(meant, labels=recording.labels, length_s=recording.duration_s)
    return Labelled(recording, path.stem, path.stem, marks, stages)


def _meant(remark: str) -> str:
    text = remark.strip()
    pair = text.lower() in {vocabulary.BEGIN, vocabulary.END}
    return vocabulary.IED if text.startswith("!") and not pair else text


def _edf(path: Path) -> tuple[Recording, list[Mark]]:
    return recordings.read(path), [Mark(note.onset_s, 0.0, note.text) for note in tals.read(path)]


def _mat(path: Path) -> tuple[Recording, list[Mark]]:
    found = matfile.read(path)
    samples, events = found.get("eeg_data"), found.get("events")
    if samples is None or samples.ndim != 2 or len(samples) != len(CHANNELS) or samples.dtype.kind != "f":
        raise DataError(f"has no `eeg_data` of {len(CHANNELS)} channels: no file of vEpiSet")
    # A cell array of texts; numbers alone would be a file that was converted by other means.
    if events is None or events.ndim != 2 or events.dtype.kind != "U" or events.shape[1] < 2:
        raise DataError("has no `events` of text, seconds first and remark last: no file of vEpiSet")
    _refuse_other_units(samples)
    units = ("V",) * len(CHANNELS)
    signals = np.ascontiguousarray(samples, np.float32)
    notes = [Mark(_seconds(str(row[0])), 0.0, str(row[-1])) for row in events]
    return Recording(signals, RATE_HZ, CHANNELS, units, TYPES), notes


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        raise DataError(f'an event is at "{text[:20]}", which is no number of seconds') from None
    if not np.isfinite(seconds):
        raise DataError(f"an event is at {text} s")
    return seconds


def _refuse_other_units(samples: NDArray[Any]) -> None:
    # The median of the channels: one that is off or at a rail says nothing of the unit.
    middle = float(np.median(np.std(samples[:SCALP], axis=1, dtype=np.float64))) if samples.shape[1] else 0.0
    if not PLAUSIBLE_V[0] <= middle <= PLAUSIBLE_V[1]:
        raise DataError(f"the scalp electrodes deviate by {middle:.3g}, which cannot be volts")
