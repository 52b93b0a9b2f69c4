"""Epochs of two tasks, as Siamese-ES is trained on: 4 s at 500 Hz, a discharge or none, and the stage of sleep.

Source: vepiset/vepiset_dataset and vepiset/vEpiNetV2, `base_trainer`. Stated there: the length, the rate, and the
montage stack of 77 rows: 26 as recorded, the 19 electrodes of the scalp against their average, 16 against the ear of
their side, and 16 along a ring over each side. Ours: without ears, ECG and EMG the stack is the 19 electrodes as
recorded and, below them, against their average, 38 rows.
"""

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from models.datasets.annotations import Labelled
from models.datasets.vepiset import EPOCH_S, epoch_labels
from models.datasets.windowset import STAGE_CODES, Floats, Header
from models.datasets.windowset_writer import Writer
from models.errors import DataError
from models.readers.recording import Recording
from models.readers.vepiset_mat import CHANNELS, RATE_HZ, SCALP
from models.signal.electrodes import electrode
from models.signal.units import microvolts

LENGTH: Final = round(EPOCH_S * RATE_HZ)
ROWS, ALL_ROWS = 38, 77
LEFT: Final = ("Fp1", "F3", "C3", "P3", "O1", "T5", "T3", "F7")
RIGHT: Final = ("Fp2", "F4", "C4", "P4", "O2", "T6", "T4", "F8")
# ECG and EMG are larger than EEG; the group's code divides them by ten times as much as EEG.
BODY: Final = 0.1


def header(source: str, note: str, rows: int = ROWS) -> Header:
    """Return the header of a set of such epochs, of 38 or 77 rows."""
    return Header(source, rows, LENGTH, RATE_HZ, (0.0, RATE_HZ / 2), "off", "uV", "", note)


def stack(samples: Floats) -> Floats:
    """Return the rows (38, n) of 19 electrodes (19, n): as recorded, then against their average."""
    return np.concatenate([samples, samples - samples.mean(axis=0)]).astype(np.float32)


def full_stack(samples: Floats) -> Floats:
    """Return the rows (77, n) of vEpiSet's channels (29, n), in the order of `vepiset_mat.CHANNELS`."""
    scalp, at = samples[:SCALP], {name: samples[place] for place, name in enumerate(CHANNELS)}
    body = BODY * (samples[SCALP + 4 :: 2] - samples[SCALP + 5 :: 2])
    ears = [at[name] - at[ear] for side, ear in ((LEFT, "A1"), (RIGHT, "A2")) for name in side]
    rings = [at[name] - at[after] for side in (LEFT, RIGHT) for name, after in zip(side, _turned(side), strict=True)]
    average = scalp - scalp.mean(axis=0)
    # PG1, PG2 and the ears stand between the scalp's electrodes and those of the body.
    return np.concatenate([samples[: SCALP + 4], body, average, ears, rings]).astype(np.float32)


def _turned(ring: tuple[str, ...]) -> tuple[str, ...]:
    return ring[1:] + ring[:1]


def epochs_of(rows: Floats) -> Floats:
    """Cut rows (r, n) into epochs (m, r, LENGTH), what is left at the end not used."""
    count = rows.shape[1] // LENGTH
    return np.ascontiguousarray(rows[:, : count * LENGTH].reshape(len(rows), count, LENGTH).transpose(1, 0, 2))


def write(writer: Writer, labelled: Labelled) -> int:
    """Append all epochs of a recording whose experts read all of it; return how many hold a discharge.

    The rows are those of the writer's header: 38, or 77 of a recording that has all of vEpiSet's channels.

    Raises
    ------
    DataError
        if an electrode is missing or the rate is another
    """
    recording = labelled.recording
    if recording.rate_hz != RATE_HZ:
        raise DataError(f"{labelled.name}: has {recording.rate_hz:g} Hz; epochs of two tasks have {RATE_HZ:g}")
    rows = writer.header.channels
    names = CHANNELS if rows == ALL_ROWS else CHANNELS[:SCALP]
    samples = _electrodes(recording, labelled.name, names)
    epochs = epochs_of(full_stack(samples) if rows == ALL_ROWS else stack(samples))
    labels = epoch_labels(labelled)[: len(epochs)]
    starts_s = EPOCH_S * np.arange(len(epochs), dtype=np.float64)
    writer.add(
        epochs, labels, starts_s, subject=labelled.subject, recording=labelled.name, group="head",
        montage=f"stack-{rows}", split=labelled.split, stages=stages_at(labelled, starts_s + EPOCH_S / 2),
    )  # fmt: skip
    return int(labels.sum())


def stages_at(labelled: Labelled, at_s: NDArray[np.float64]) -> NDArray[np.uint8]:
    """Return the codes of the stages (n,) at seconds (n,), unknown where none is marked."""
    codes = np.zeros(len(at_s), np.uint8)
    for span in labelled.stages:
        codes[(at_s >= span.onset_s) & (at_s < span.onset_s + span.duration_s)] = STAGE_CODES.index(span.stage)
    return codes


def _electrodes(recording: Recording, title: str, names: Sequence[str]) -> Floats:
    """Return the electrodes of these names (names, n) in microvolts."""
    places = {electrode(label): place for place, label in enumerate(recording.labels)}
    rows = []
    for name in map(electrode, names):
        if name not in places:
            raise DataError(f"{title}: electrode {name} is missing; epochs of two tasks have all {len(names)}")
        scale = microvolts(recording.units[places[name]])
        if scale is None:
            raise DataError(f"{title}: electrode {name} declares no voltage unit; say it in the file")
        rows.append(recording.samples[places[name]] * np.float32(scale))
    return np.stack(rows)
