"""Recordings of people without discharges, as the background on which simulated ones are laid."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import numpy as np

from models.errors import DataError
from models.readers.recording import Recording, read
from models.signal.electrodes import TEN_TWENTY, electrode, why_left_out
from models.signal.units import microvolts
from models.simulate.truth import Float32

FEWEST_ELECTRODES: Final = 10
"""With fewer there is no chain on either side of the head."""
SITES: Final = frozenset(TEN_TWENTY) - {"A1", "A2", "M1", "M2"}
"""Where discharges are looked for: ears and mastoids serve as reference."""


@dataclass(frozen=True, slots=True)
class Background:
    """A recording without discharges: `samples` (channels, n) microvolts of 10-20 electrodes named `labels`."""

    name: str
    subject: str
    samples: Float32
    rate_hz: float
    labels: tuple[str, ...]


def background(path: Path) -> Background:
    """Read a recording's scalp electrodes in microvolts.

    Raises
    ------
    RecordingError
        if the file cannot be read
    DataError
        if it holds fewer than ten 10-20 electrodes, or one in no known unit of voltage
    """
    recording = read(path)
    chosen = dict(_electrodes(recording))
    if len(chosen) < FEWEST_ELECTRODES:
        raise DataError(f"{path}: has {len(chosen)} electrodes of the 10-20 system, needs {FEWEST_ELECTRODES}")
    scales = [_microvolts(path, recording.units[channel]) for channel in chosen.values()]
    samples = recording.samples[list(chosen.values())] * np.array(scales, np.float32)[:, None]
    return Background(path.stem, subject_of(path), samples, recording.rate_hz, tuple(chosen))


def subject_of(path: Path) -> str:
    """Return whose recording a file is: its BIDS subject, else its name up to the first "_" or "."."""
    # The folder too: in BIDS, a file of any name belongs to the subject of its folder.
    bids = re.search(r"(?:^|[/_])(sub-[A-Za-z0-9]+)", path.as_posix())
    return bids[1] if bids else re.split(r"[_.]", path.name, maxsplit=1)[0]


def stretches(whole: Background, stretch_s: float) -> Iterator[Background]:
    """Yield the pieces of a recording that have no hole; what is left over at the end is not used."""
    length = round(stretch_s * whole.rate_hz)
    for first in range(0, whole.samples.shape[1] - length + 1, length):
        samples = whole.samples[:, first : first + length]
        if np.isfinite(samples).all():
            yield replace(whole, name=f"{whole.name}@{first / whole.rate_hz:g}s", samples=samples)


def _electrodes(recording: Recording) -> Iterator[tuple[str, int]]:
    for channel, (label, kind) in enumerate(zip(recording.labels, recording.types, strict=True)):
        name = electrode(label)
        if not why_left_out(label, kind) and name in SITES:
            yield name, channel


def _microvolts(path: Path, unit: str) -> float:
    scale = microvolts(unit)
    if scale is None:
        raise DataError(f'{path}: a channel declares the unit "{unit}", which is no voltage; name it in uV, mV or V')
    return scale
