"""Epochs of two tasks, as Siamese-ES is trained on: 4 s at 500 Hz, a discharge or none, and the stage of sleep.

Source: vepiset/vepiset_dataset and vepiset/vEpiNetV2, `base_trainer`. Stated there: the length, the rate, and the
montage stack of 77 rows (26 recorded, 19 average-referenced, 16 ear-referenced, 16 along two rings). Ours: without
ears, ECG and EMG the stack is the 19 electrodes as recorded and, below them, against their average, 38 rows.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from models.datasets.annotations import Labelled
from models.datasets.vepiset import EPOCH_S, epoch_labels
from models.datasets.windowset import STAGE_CODES, Floats, Header
from models.datasets.windowset_writer import Writer
from models.errors import DataError
from models.readers.vepiset_mat import CHANNELS, RATE_HZ, SCALP
from models.signal.electrodes import electrode
from models.signal.units import microvolts

LENGTH: Final = round(EPOCH_S * RATE_HZ)
ROWS: Final = 38
MONTAGE: Final = "stack-38"
"""Name of the rows in a set: no montage that streams."""


def header(source: str, note: str, command: str = "") -> Header:
    """Return the header of a set of such epochs."""
    return Header(source, ROWS, LENGTH, RATE_HZ, (0.0, RATE_HZ / 2), "off", "uV", command, note)


def stack(samples: Floats) -> Floats:
    """Return the rows (38, n) of 19 electrodes (19, n): as recorded, then against their average."""
    return np.concatenate([samples, samples - samples.mean(axis=0)]).astype(np.float32)


def epochs_of(samples: Floats) -> Floats:
    """Cut the rows of 19 electrodes (19, n) into epochs (m, 38, LENGTH), what is left at the end not used."""
    rows = stack(samples)
    count = rows.shape[1] // LENGTH
    return np.ascontiguousarray(rows[:, : count * LENGTH].reshape(ROWS, count, LENGTH).transpose(1, 0, 2))


def write(writer: Writer, labelled: Labelled) -> int:
    """Append all epochs of a recording whose experts read all of it; return how many hold a discharge.

    Raises
    ------
    DataError
        if an electrode is missing or the rate is another
    """
    recording = labelled.recording
    if recording.rate_hz != RATE_HZ:
        raise DataError(f"{labelled.name}: has {recording.rate_hz:g} Hz; epochs of two tasks have {RATE_HZ:g}")
    epochs = epochs_of(_electrodes(labelled))
    labels = epoch_labels(labelled)[: len(epochs)]
    starts_s = EPOCH_S * np.arange(len(epochs), dtype=np.float64)
    writer.add(
        epochs, labels, starts_s, subject=labelled.subject, recording=labelled.name, group="head", montage=MONTAGE,
        split=labelled.split, stages=stages_at(labelled, starts_s + EPOCH_S / 2),
    )  # fmt: skip
    return int(labels.sum())


def stages_at(labelled: Labelled, at_s: NDArray[np.float64]) -> NDArray[np.uint8]:
    """Return the codes of the stages (n,) at seconds (n,), unknown where none is marked."""
    codes = np.zeros(len(at_s), np.uint8)
    for span in labelled.stages:
        codes[(at_s >= span.onset_s) & (at_s < span.onset_s + span.duration_s)] = STAGE_CODES.index(span.stage)
    return codes


def _electrodes(labelled: Labelled) -> Floats:
    """Return the 19 electrodes (19, n) in microvolts."""
    recording = labelled.recording
    places = {electrode(label): place for place, label in enumerate(recording.labels)}
    rows = []
    for name in map(electrode, CHANNELS[:SCALP]):
        if name not in places:
            raise DataError(f"{labelled.name}: electrode {name} is missing; epochs of two tasks have all {SCALP}")
        scale = microvolts(recording.units[places[name]])
        if scale is None:
            raise DataError(f"{labelled.name}: electrode {name} declares no voltage unit; say it in the file")
        rows.append(recording.samples[places[name]] * np.float32(scale))
    return np.stack(rows)
