"""Real background with simulated discharges as a window set, so that a site can train on recordings of its own.

Every stretch of a recording is used several times: once as it is, which gives negatives alone, and otherwise with the
discharges of an invented patient laid on it (`models.simulate.overlay`). Subjects are those of the recordings, so that
a split by subject keeps all copies of a person on one side.
"""

import re
import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import numpy as np

from models.datasets import simulated
from models.datasets.joining import join
from models.datasets.simulated import MONTAGES, PER_GROUP, PER_IED
from models.datasets.windowset import Header, WindowSet, is_windowset, load
from models.datasets.windowset_writer import Writer
from models.errors import DataError
from models.readers.recording import Recording, read
from models.signal.conditioning import MODEL_RATE_HZ
from models.signal.electrodes import TEN_TWENTY, electrode, why_left_out
from models.signal.montage import ROWS
from models.signal.units import MICROVOLTS
from models.signal.window_geometry import WINDOW_SAMPLES
from models.simulate.overlay import overlay
from models.simulate.truth import Float32, Simulated
from models.simulate.windows import PerGroup, pieces, record

STRETCH_S: Final = 40.0
"""Length of the pieces that a recording is used in: each has foci of its own, so shorter means more kinds of them."""
RATES_PER_MIN: Final = (8.0, 30.0)
"""Discharges a minute are drawn from this range: those of `models.simulate.windows.draw_track`."""
PARTS: Final = "parts"
SIMULATED_S: Final = 34.0
"""Length of wholly simulated patients: as those that the shipped detector was trained on."""
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


@dataclass(frozen=True, slots=True)
class Mix:
    """What a hybrid set is made of.

    `copies` of every stretch carry discharges, each from other foci, and one more carries none. `patients` are wholly
    simulated ones beside it, scalp and depth in turn: without them a network forgets depth leads.
    """

    copies: int = 4
    patients: int = 0
    seed: int = 0
    stretch_s: float = STRETCH_S
    per_ied: int = PER_IED
    per_group: int = PER_GROUP
    context_samples: int = 0


def write(
    out: Path,
    recordings: Sequence[Path],
    mix: Mix,
    *,
    command: str = "",
    watch: Callable[[str], None] = lambda _name: None,
) -> WindowSet:
    """Make a window set of real background; the same arguments give the same bytes, also after an interruption.

    Every recording is first a set of its own in `out/parts`; those that are there already are not made again. The parts
    are removed once they are joined.

    Parameters
    ----------
    recordings
        files of 10-20 scalp EEG without discharges, of at least one stretch
    command
        that made the set, for its header
    watch
        called with the name of each part that is finished

    Raises
    ------
    DataError
        if `out` holds a finished set, or a recording is not of at least ten 10-20 electrodes in a voltage
    RecordingError, MontageError
        if a recording cannot be read or makes no group
    """
    if is_windowset(out):
        raise DataError(f"{out}: there is a window set already; name another folder or remove it")
    # Parts and copies are named after files, and the second of a name would be taken for the first, finished.
    names = [path.stem for path in recordings]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise DataError(f"{twice[0]}: two recordings have this name; rename one, for the copies are named after them")
    header = _header(recordings, mix, command)
    parts = []
    for number, path in enumerate(recordings):
        part = out / PARTS / f"{number:05d}-{path.stem}"
        if _is_missing(part, header.note):
            _write_part(part, path, number, mix, header)
        parts.append(part)
        watch(path.name)
    if mix.patients:
        part = out / PARTS / "simulated"
        # Its settings are those of the recordings' parts, which were checked before it.
        if _is_missing(part):
            _write_simulated(part, mix)
        parts.append(part)
        watch("simulated patients")
    # Only joined when all are there: a set that grew part by part would look finished after an interruption.
    joined = join(parts, out, header)
    shutil.rmtree(out / PARTS)
    return joined


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


def copies(stretch: Background, seeds: Sequence[int], rng: np.random.Generator) -> Iterator[Simulated]:
    """Yield the stretch as it is, and once for each seed with the discharges of another invented patient."""
    common = (stretch.samples, stretch.rate_hz, stretch.labels)
    # Through the same code without any discharge, so that nothing but discharges tells the copies apart.
    yield overlay(*common, 0, ied_rate_per_min=0.0)
    for seed in seeds:
        yield overlay(*common, seed, ied_rate_per_min=float(rng.uniform(*RATES_PER_MIN)))


def _is_missing(part: Path, note: str = "") -> bool:
    """Check whether a part has to be made, and clear what an interrupted run left of it."""
    if is_windowset(part):
        # A part of other settings would be joined silently, and the header would describe what the set is not.
        if note and load(part).header.note != note:
            raise DataError(f"{part}: was made with other settings; give those again, or remove {part.parent}")
        return False
    shutil.rmtree(part, ignore_errors=True)
    return True


def _write_part(folder: Path, path: Path, number: int, mix: Mix, header: Header) -> None:
    with Writer(folder, header) as writer:
        for at, stretch in enumerate(stretches(background(path), mix.stretch_s)):
            # A generator of its own for every stretch: what came before an interruption does not matter.
            rng = np.random.default_rng([mix.seed, number, at])
            seeds = [int(seed) for seed in rng.integers(2**31, size=mix.copies)]
            for copy, laid in enumerate(copies(stretch, seeds, rng)):
                # Where nothing was laid on, every window is a negative: all of them are wanted.
                _add_copy(writer, laid, stretch, f"{stretch.name}+{copy}", rng, mix, mix.per_group if copy else "all")


def _add_copy(
    writer: Writer,
    laid: Simulated,
    stretch: Background,
    name: str,
    rng: np.random.Generator,
    mix: Mix,
    per_group: PerGroup,
) -> None:
    track = record(laid, "auto")
    cuts: dict[str, Any] = {"per_ied": mix.per_ied, "per_group": per_group, "context_samples": mix.context_samples}
    for piece in pieces(track, rng, **cuts):
        writer.add(
            piece.windows,
            piece.labels.astype(np.uint8),
            piece.starts / MODEL_RATE_HZ,
            subject=stretch.subject,
            recording=name,
            group=track.names[piece.group],
            montage=MONTAGES["scalp"],
        )


def _write_simulated(folder: Path, mix: Mix) -> None:
    context = mix.context_samples
    simulated.write(folder, patients=mix.patients, seed=mix.seed, seconds=SIMULATED_S, context_samples=context)


def _header(recordings: Sequence[Path], mix: Mix, command: str) -> Header:
    note = (
        f"{len(recordings)} recordings of {len({subject_of(path) for path in recordings})} people, each stretch of "
        f"{mix.stretch_s:g} s once without and {mix.copies} times with simulated discharges, seed {mix.seed}; "
        f"{mix.patients} wholly simulated patients"
    )
    extra: dict[str, Any] = {"unit": "uV", "command": command, "note": note, "context_samples": mix.context_samples}
    return Header("hybrid", ROWS, WINDOW_SAMPLES, MODEL_RATE_HZ, **extra)


def _electrodes(recording: Recording) -> Iterator[tuple[str, int]]:
    for channel, (label, kind) in enumerate(zip(recording.labels, recording.types, strict=True)):
        name = electrode(label)
        if not why_left_out(label, kind) and name in SITES:
            yield name, channel


def _microvolts(path: Path, unit: str) -> float:
    scale = MICROVOLTS.get(unit.strip().lower())
    if scale is None:
        raise DataError(f'{path}: a channel declares the unit "{unit}", which is no voltage; name it in uV, mV or V')
    return scale
