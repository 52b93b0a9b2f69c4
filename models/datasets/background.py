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
from models.simulate.heartbeats import heartbeats
from models.simulate.truth import Float32

FEWEST_ELECTRODES: Final = 10
"""With fewer there is no chain on either side of the head."""
TEMPO: Final = (0.85, 1.18)
"""Range of tempos at which a background is used: alpha of 10 Hz becomes 8.5 to 11.8, within what healthy adults have.
A choice of ours, no other was tried."""
MIRRORED: Final = 0.5
"""Share of backgrounds whose sides are changed: both are as common."""
TEMPO_STEP_HZ: Final = 10.0
"""Rates differ by this much, so that resampling has a ratio of small numbers."""
HEARTS: Final = 0.3
"""Share of varied backgrounds on which a heart is laid that is plain to see. A choice of ours."""
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


def varied(stretch: Background, rng: np.random.Generator) -> Background:
    """Return a stretch as another person might have it: another tempo, sides changed, a heart that is plain to see.

    Rhythms of a few people cover few frequencies, and an asymmetry of one is no rule. The tempo is changed by the rate
    that the samples are said to have. A share of HEARTS has beats laid on, in a new array.
    """
    rates = np.arange(TEMPO[0] * stretch.rate_hz, TEMPO[1] * stretch.rate_hz, TEMPO_STEP_HZ)
    labels = stretch.labels
    # Only where both sides are whole: a label without its opposite would be one that no electrode had.
    if rng.random() < MIRRORED and {mirrored(label) for label in labels} == set(labels):
        labels = tuple(mirrored(label) for label in labels)
    rate_hz = float(rng.choice(rates))
    heart = rng.random() < HEARTS
    samples = stretch.samples + heartbeats(stretch.samples, rate_hz, labels, rng) if heart else stretch.samples
    return replace(stretch, samples=samples, rate_hz=rate_hz, labels=labels)


def mirrored(label: str) -> str:
    """Return the electrode on the other side of the head: "F3" for "F4", "Cz" for itself."""
    head, number = label[:-1], label[-1]
    if not number.isdecimal():
        return label
    return head + str(int(number) + (1 if int(number) % 2 else -1))


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
