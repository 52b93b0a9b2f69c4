"""Real background with simulated discharges as a window set, so that a site can train on recordings of its own.

Every stretch of a recording is used several times: as it is, which gives negatives alone, and with the discharges of an
invented patient laid on it (`models.simulate.overlay`); all but the first time varied, so that a few people stand for
more. Subjects are those of the recordings, so that
a split by subject keeps all copies of a person on one side.
"""

import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np

from models.datasets import simulated
from models.datasets.background import HEARTS, Background, background, stretches, subject_of, varied
from models.datasets.cutting import Cutter, write_piece
from models.datasets.joining import join
from models.datasets.simulated import WINDOWS
from models.datasets.windowset import Header, WindowSet, is_windowset, load
from models.datasets.windowset_writer import Writer
from models.errors import DataError
from models.signal.conditioning import MODEL_RATE_HZ
from models.simulate.overlay import overlay
from models.simulate.truth import LAYOUTS, Layout, Simulated
from models.simulate.windows import record

STRETCH_S: Final = 40.0
"""Length of the pieces that a recording is used in: each has foci of its own, so shorter means more kinds of them."""
RATES_PER_MIN: Final = (8.0, 30.0)
"""Discharges a minute are drawn from this range: those of `models.simulate.windows.draw_track`."""
BARE_VARIED: Final = 2
"""Copies without discharges at other tempos or mirrored, beside the one as it was recorded. A choice of ours."""
EVERY: Final = tuple(LAYOUTS.values())
PARTS: Final = "parts"
ONE_IN: Final = 12
"""One of so many people, and of so many simulated patients, is for validation. None is for testing: what a detector is
worth is measured on recordings of their own, event by event (`bench.worth`)."""
SIMULATED_S: Final = 34.0
"""Length of wholly simulated patients: as those that the shipped detector was trained on."""


@dataclass(frozen=True, slots=True)
class Mix:
    """What a hybrid set is made of.

    `copies` of every stretch carry discharges, each from other foci; `1 + BARE_VARIED` more carry none. `patients` are
    wholly simulated ones beside it, who wear `layouts` in turn: without "depth" a network forgets depth leads.
    """

    copies: int = 4
    patients: int = 0
    layouts: Sequence[Layout] = EVERY
    seed: int = 0
    stretch_s: float = STRETCH_S
    cutter: Cutter = WINDOWS


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
    parts, split = [], _splits(recordings, mix)
    for number, path in enumerate(recordings):
        part = out / PARTS / f"{number:05d}-{path.stem}"
        if _is_missing(part, header.note):
            _write_part(part, path, number, mix, header, split[path])
        parts.append(part)
        watch(path.name)
    if mix.patients:
        part = out / PARTS / "simulated"
        # Its settings are those of the recordings' parts, which were checked before it.
        if _is_missing(part):
            _write_simulated(part, mix, prescribed=any(split.values()))
        parts.append(part)
        watch("simulated patients")
    # Only joined when all are there: a set that grew part by part would look finished after an interruption.
    joined = join(parts, out, header)
    shutil.rmtree(out / PARTS)
    return joined


def copies(stretch: Background, seeds: Sequence[int], rng: np.random.Generator) -> Iterator[tuple[Simulated, bool]]:
    """Yield the stretch without discharges, and once for each seed with those of another invented patient.

    With each goes whether it is bare: the first as it was recorded, BARE_VARIED more, and all that have discharges, as
    other people might have it (`models.datasets.background.varied`).
    """
    # Also bare copies go through the overlay, so that nothing but discharges tells the copies apart.
    yield _laid(stretch, 0, 0.0), True
    for _ in range(BARE_VARIED):
        yield _laid(varied(stretch, rng), 0, 0.0), True
    for seed in seeds:
        yield _laid(varied(stretch, rng), seed, float(rng.uniform(*RATES_PER_MIN))), False


def _laid(on: Background, seed: int, rate_per_min: float) -> Simulated:
    return overlay(on.samples, on.rate_hz, on.labels, seed, ied_rate_per_min=rate_per_min)


def _is_missing(part: Path, note: str = "") -> bool:
    """Check whether a part has to be made, and clear what an interrupted run left of it."""
    if is_windowset(part):
        # A part of other settings would be joined silently, and the header would describe what the set is not.
        if note and load(part).header.note != note:
            raise DataError(f"{part}: was made with other settings; give those again, or remove {part.parent}")
        return False
    shutil.rmtree(part, ignore_errors=True)
    return True


def _splits(recordings: Sequence[Path], mix: Mix) -> dict[Path, str]:
    """Return the part that each recording is in: one person in ONE_IN, and one at least of several, validates."""
    people = sorted({subject_of(path) for path in recordings})
    if len(people) == 1 and mix.patients < ONE_IN:
        # Nobody is left to validate on: the set prescribes no split, and the training has to make one.
        return dict.fromkeys(recordings, "")
    validating = set(people[:: min(ONE_IN, len(people))]) if len(people) > 1 else set()
    return {path: "validation" if subject_of(path) in validating else "train" for path in recordings}


def _write_part(folder: Path, path: Path, number: int, mix: Mix, header: Header, split: str) -> None:
    with Writer(folder, header) as writer:
        for at, stretch in enumerate(stretches(background(path), mix.stretch_s)):
            # A generator of its own for every stretch: what came before an interruption does not matter.
            rng = np.random.default_rng([mix.seed, number, at])
            seeds = [int(seed) for seed in rng.integers(2**31, size=mix.copies)]
            for copy, (laid, bare) in enumerate(copies(stretch, seeds, rng)):
                track, name = record(laid, "auto"), f"{stretch.name}+{copy}"
                for piece in mix.cutter.cut(track, rng, bare=bare):
                    write_piece(writer, track, piece, subject=stretch.subject, recording=name, split=split)


def _write_simulated(folder: Path, mix: Mix, *, prescribed: bool) -> None:
    simulated.write(
        folder,
        patients=mix.patients,
        seed=mix.seed,
        layouts=mix.layouts,
        seconds=SIMULATED_S,
        cutter=mix.cutter,
        # A set prescribes parts for all of its windows or for none.
        validation_one_in=ONE_IN if prescribed else 0,
    )


def _header(recordings: Sequence[Path], mix: Mix, command: str) -> Header:
    worn = ", ".join(mix.layouts)
    note = (
        f"{len(recordings)} recordings of {len({subject_of(path) for path in recordings})} people, each stretch of "
        f"{mix.stretch_s:g} s {1 + BARE_VARIED} times without and {mix.copies} times with simulated discharges, seed "
        f"{mix.seed}; {mix.patients} wholly simulated patients ({worn}); all but the first copy of a stretch varied: "
        f"tempo, sides, a heart on {HEARTS:.0%}"
    )
    cutter = mix.cutter
    note += f"; {cutter.note}" if cutter.note else ""
    extra: dict[str, Any] = {"unit": "uV", "command": command, "note": note, "context_samples": cutter.context_samples}
    return Header("hybrid", cutter.channels, cutter.window_samples, MODEL_RATE_HZ, **extra)
