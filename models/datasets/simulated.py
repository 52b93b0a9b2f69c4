"""Simulated patients as a window set: the data that shipped weights are trained on.

Each patient is one short recording of an amplifier of its own, conditioned by the code that streams;
`models.simulate.windows` says which windows are positive. Windows are as they were cut: what varies them belongs to
training.
"""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from models.datasets.cutting import Cutter, Windows, write_piece
from models.datasets.windowset import STAGE_CODES, Header, WindowSet, load
from models.datasets.windowset_writer import Writer, refuse_filled
from models.errors import DataError
from models.signal.conditioning import MODEL_RATE_HZ
from models.signal.window_geometry import WINDOW_SAMPLES
from models.simulate.truth import LAYOUTS, Layout
from models.simulate.windows import HELD_OUT, Piece, Track, draw_track

PATIENTS_A_SEED: Final = 1_000_000
SEEDS: Final = HELD_OUT // PATIENTS_A_SEED - 1
"""Seeds below it have patients that evaluation never sees."""
QUIET_SHARE: Final = 0.4
"""Patients without discharges."""
SECONDS: Final = 30.0
WINDOWS: Final = Windows()
MONTAGES: Final[dict[Layout, str]] = {layout: montage for montage, layout in LAYOUTS.items()}


def write(
    folder: Path,
    *,
    patients: int,
    seed: int,
    layouts: Sequence[Layout] = ("scalp", "depth"),
    seconds: float = SECONDS,
    cutter: Cutter = WINDOWS,
    quiet_share: float = QUIET_SHARE,
    validation_one_in: int = 0,
    command: str = "",
    watch: Callable[[int], None] = lambda _written: None,
) -> WindowSet:
    """Simulate patients and write their labelled windows; the same arguments give the same bytes.

    Parameters
    ----------
    patients, seed
        how many, and which: two seeds have no patient in common, nor one with evaluation
    layouts
        "scalp" and "depth", in turn
    seconds
        of every patient
    cutter
        what is cut from each patient
    quiet_share
        of the patients have no discharges
    validation_one_in
        one of so many patients is for validation, the others for training; 0 prescribes nothing
    command
        that made the set, for its header
    watch
        called with how many patients are written

    Raises
    ------
    DataError
        if the folder holds anything, or there are not so many patients in a seed
    """
    _refuse_unknown(patients, seed)
    refuse_filled(folder)
    first = PATIENTS_A_SEED * (seed + 1)
    note = f"{patients} simulated patients ({', '.join(layouts)}) of {seconds:g} s, seed {seed}"
    with Writer(folder, _header(cutter, command, note)) as writer:
        for number in range(patients):
            layout, split = layouts[number % len(layouts)], _split(number, validation_one_in)
            # Written patient by patient, so that memory does not grow with the set.
            track, rng = _drawn(first + number, layout, seconds, quiet_share)
            for piece in cutter.cut(track, rng, bare=False):
                _write_piece(writer, track, piece, f"sim-{first + number}", layout, split)
            watch(number + 1)
    return load(folder)


def _refuse_unknown(patients: int, seed: int) -> None:
    if not (0 < patients <= PATIENTS_A_SEED and 0 <= seed < SEEDS):
        asked = f"{patients} simulated patients of seed {seed}"
        raise DataError(f"{asked}: give 1 to {PATIENTS_A_SEED} and a seed below {SEEDS}")


def _header(cutter: Cutter, command: str, note: str) -> Header:
    made: dict[str, Any] = {"unit": "uV", "command": command, "note": note, "context_samples": cutter.context_samples}
    return Header("simulated", cutter.channels, cutter.window_samples, MODEL_RATE_HZ, **made)


def _drawn(patient: int, layout: Layout, seconds: float, quiet_share: float) -> tuple[Track, np.random.Generator]:
    """Draw a patient, and return the generator from which its windows are drawn."""
    # A generator for each patient, so that one more patient changes none of the others.
    rng = np.random.default_rng([patient, 2])
    return draw_track(patient, layout, seconds=seconds, quiet=bool(rng.random() < quiet_share)), rng


def _write_piece(writer: Writer, track: Track, piece: Piece, name: str, layout: Layout, split: str) -> None:
    """Write the examples of one group of a patient."""
    where = {"subject": name, "recording": name, "split": split, "montage": MONTAGES[layout]}
    write_piece(writer, track, piece, **where, stages=stages_at(track, piece.starts))


def _split(number: int, validation_one_in: int) -> str:
    if not validation_one_in:
        return ""
    # The last of each batch, so that a set of one patient trains.
    return "validation" if number % validation_one_in == validation_one_in - 1 else "train"


def stages_at(track: Track, starts: NDArray[np.int64]) -> NDArray[np.uint8]:
    """Give the stage's code (n,) in the middle of windows that begin at `starts` (n,)."""
    spans = track.simulated.stages
    middle = (starts + WINDOW_SAMPLES // 2) / MODEL_RATE_HZ * track.simulated.rate_hz
    at = np.searchsorted([span.end for span in spans[:-1]], middle, side="right")
    return np.array([STAGE_CODES.index(span.stage) for span in spans], np.uint8)[at]
