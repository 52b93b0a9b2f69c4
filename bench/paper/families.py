"""Question: where do the papers' data sets come from, where the real ones cannot be shared?

Method: simulated patients, cut as the papers cut theirs. ICM1 to ICM8: eight patients with a depth lead, one set each,
the imbalances of iEDeaL's table 1, 512 Hz, 5 bipolar pairs of the deepest contacts, windows of 1.5 s; the tables split
them by row. TUEV1,1-like and TUEV1,3-like: one derivation and 1 s at 250 Hz of many patients, 1.19 and 0.97 % of the
training windows positive, other patients in the test part; negatives of 1,1 hold nothing, those of 1,3 also what may
pass for a discharge. two-task: epochs of 4 s at 500 Hz with sleep (`models.datasets.epochs`), as many as vEpiSet has.
Ours: patients, electrodes and how far a discharge must stand out are the simulator's; the tables must not be read as
the papers' on the same data. `--scale` is the share of the papers' windows; 1 needs some 20 GB.
Command: python -m bench.paper.families --out FOLDER [--scale 0.05] [--only NAME,...] [--decimate 4]; a set that is
there is not made again. `--vepiset FOLDER` makes two-task epochs of vEpiSet's files instead.
"""

import argparse
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.signal import resample_poly

from bench.imbalanced import chosen
from bench.paper.family_windows import (
    Conditioned,
    around_peaks,
    conditioned,
    eventful,
    in_turn,
    labels_at,
)
from models.datasets import epochs, vepiset
from models.datasets.annotations import Labelled, Mark, Skipped, StageSpan
from models.datasets.windowset import Floats, Header, is_windowset
from models.datasets.windowset_writer import Writer
from models.errors import DataError, ModelsError
from models.readers import vepiset_mat
from models.readers.recording import Recording
from models.signal.montage import build
from models.simulate import simulate
from models.simulate.patient import Patient
from models.simulate.truth import Simulated
from models.simulate.windows import POSITIVE_RATIO

FIRST_PATIENT: Final = 870_000_000  # below the patients that evaluations hold out, above those of training sets
LEAD: Final = tuple(f"LA{contact}" for contact in range(1, 7))  # five pairs
# Positives and negatives of the training and validation part, then of the test part: iEDeaL, table 1.
ICM: Final = {
    1: (10_923, 71_529, 2_185, 14_306), 2: (8_910, 62_108, 1_782, 12_422), 3: (6_001, 80_698, 1_201, 16_140),
    4: (3_113, 86_732, 623, 17_347), 5: (2_635, 82_599, 528, 16_520), 6: (2_820, 91_705, 565, 18_342),
    7: (2_304, 86_138, 461, 17_228), 8: (1_792, 90_187, 359, 18_038),
}  # fmt: skip
TUEV: Final = {"TUEV1,1": (645, 53_726, 567, 19_646), "TUEV1,3": (645, 65_949, 567, 22_179)}
MOST_PIECES: Final = 20_000
TWO_TASK_PATIENTS: Final = 84
DISCHARGES_PER_MIN: Final = 2.0  # about a tenth of 4 s epochs then hold one, as in vEpiSet


@dataclass(slots=True)
class Pool:
    """Windows found so far, of both classes."""

    windows: list[Floats] = field(default_factory=list)
    labels: list[Floats] = field(default_factory=list)
    stages: list[NDArray[np.uint8]] = field(default_factory=list)
    subjects: list[NDArray[np.int64]] = field(default_factory=list)

    def add(self, windows: Floats, labels: Floats, stages: NDArray[np.uint8], subject: int) -> None:
        """Add windows (n, rows, length) of a patient; those labelled NaN are left out."""
        kept = ~np.isnan(labels)
        self.windows.append(windows[kept])
        self.labels.append(labels[kept])
        self.stages.append(stages[kept])
        self.subjects.append(np.full(int(kept.sum()), subject))

    def lacks(self, positives: int, negatives: int) -> bool:
        """Whether there are fewer of either class."""
        found = sum(int(labels.sum()) for labels in self.labels)
        return found < positives or sum(map(len, self.labels)) - found < negatives


def icm(number: int, folder: Path, scale: float, decimate: int) -> None:
    """Make the set of one depth patient."""
    counts = ICM[number]
    positives, negatives = (round((counts[i] + counts[i + 2]) * scale) for i in (0, 1))
    share = positives / (positives + negatives)
    seed = FIRST_PATIENT + number
    # 40 windows fit into a minute; half of the discharges stand out enough, so three times the share is plenty.
    patient = Patient(
        seed, layout="depth", rate_hz=512.0, labels=LEAD, plan="mixed", minutes_per_stage=0.5,
        ied_rate_per_min=max(2.0, 120 * share), illness="none",
    )  # fmt: skip
    pool, rng = Pool(), np.random.default_rng([seed, 2])
    montage = build("shaft", list(LEAD))
    for _ in range(MOST_PIECES):
        if not pool.lacks(positives, negatives):
            break
        _add_group(pool, conditioned(patient.next(120.0), montage), rng, number)
    header = _header(5, 768, 512.0, decimate, f"ICM{number}-like, scale {scale:g}")
    with Writer(folder, header) as writer:
        _write(writer, pool, positives, negatives, decimate)


def _add_group(pool: Pool, track: Conditioned, rng: np.random.Generator, subject: int) -> None:
    """Add a window around each discharge, and those without that follow each other."""
    rows, length = slice(0, 5), 768
    around, turns = around_peaks(track, length, rng), in_turn(track, length)
    labels = np.concatenate([labels_at(track, rows, around, length), labels_at(track, rows, turns, length)])
    # Of the windows in turn only negatives: each discharge gives one positive.
    labels[len(around) :][labels[len(around) :] == 1] = np.nan
    starts = np.concatenate([around, turns])
    pool.add(track.windows(rows, starts, length), labels, track.stages_at(starts + length // 2), subject)


def tuev(name: str, folder: Path, scale: float, decimate: int) -> None:
    """Make a set of single derivations, test patients apart from the others."""
    train = [round(count * scale) for count in TUEV[name]]
    quiet = name == "TUEV1,1"
    with Writer(folder, _header(1, 250, 250.0, decimate, f"{name}-like, scale {scale:g}")) as writer:
        for part, split in enumerate(("train", "test")):
            positives, negatives = train[2 * part : 2 * part + 2]
            pool, first = Pool(), FIRST_PATIENT + 1000 + 10_000 * part
            for seed in range(first, first + 10_000):
                if not pool.lacks(positives, negatives):
                    break
                _add_rows(pool, seed, quiet=quiet)
            _write(writer, pool, positives, negatives, decimate, split)


def _add_rows(pool: Pool, seed: int, *, quiet: bool) -> None:
    """Add the seconds of every derivation of a patient; where `quiet`, negatives hold nothing at all."""
    rate = float(np.random.default_rng([seed, 2]).uniform(8, 30))
    simulated = simulate(seed, 30.0, rate_hz=250.0, minutes_per_stage=0.5, ied_rate_per_min=rate)
    track = conditioned(simulated, build("scalp", list(simulated.labels), rows=1))
    starts = in_turn(track, 250)
    busy, stages = eventful(track, starts, 250), track.stages_at(starts + 125)
    for row in range(len(track.samples)):
        rows = slice(row, row + 1)
        labels = labels_at(track, rows, starts, 250)
        if quiet:
            labels[busy & (labels == 0)] = np.nan
        pool.add(track.windows(rows, starts, 250), labels, stages, seed)


def two_task(folder: Path, scale: float, decimate: int) -> None:
    """Make epochs of simulated patients, awake and asleep; discharges too faint for a reader count as none."""
    if decimate != 1:
        raise DataError("two-task: epochs keep 500 Hz, by which the networks' spectrograms are made; leave --decimate")
    each = max(8, round(sum(vepiset.PUBLISHED_EPOCHS) * scale / TWO_TASK_PATIENTS))
    note = f"{TWO_TASK_PATIENTS} simulated patients, {each} epochs each"
    with Writer(folder, epochs.header("simulated", note)) as writer:
        for seed in range(FIRST_PATIENT + 50_000, FIRST_PATIENT + 50_000 + TWO_TASK_PATIENTS):
            simulated = simulate(
                seed, each * vepiset.EPOCH_S, rate_hz=vepiset_mat.RATE_HZ, minutes_per_stage=0.5,
                ied_rate_per_min=DISCHARGES_PER_MIN,
            )  # fmt: skip
            epochs.write(writer, _labelled(simulated, f"sim-{seed}"))


def _labelled(simulated: Simulated, name: str) -> Labelled:
    rate = simulated.rate_hz
    seen = [ied for ied in simulated.ieds if ied.ratio >= POSITIVE_RATIO]
    marks = tuple(Mark(ied.peak / rate, 0.0, "ied") for ied in seen)
    stages = tuple(StageSpan(one.first / rate, (one.end - one.first) / rate, one.stage) for one in simulated.stages)
    units, types = ("uV",) * len(simulated.labels), ("EEG",) * len(simulated.labels)
    recording = Recording(simulated.samples, rate, tuple(simulated.labels), units, types)
    return Labelled(recording, name, name, marks, stages)


def of_vepiset(folder: Path, out: Path) -> None:
    """Make two-task epochs of vEpiSet's files; those that cannot be used are named."""
    with Writer(out, epochs.header("vepiset", f"epochs of {folder.name}")) as writer:
        for labelled in vepiset.read(folder):
            if isinstance(labelled, Skipped):
                print(f"skipped {labelled.path}: {labelled.reason}", file=sys.stderr)
            else:
                epochs.write(writer, labelled)


def _header(channels: int, samples: int, rate_hz: float, decimate: int, note: str) -> Header:
    return Header("simulated", channels, samples // decimate, rate_hz / decimate, unit="uV", note=note)


def _write(writer: Writer, pool: Pool, positives: int, negatives: int, decimate: int, split: str = "") -> None:
    """Write so many windows of a pool, drawn at random, patient by patient."""
    labels, count = np.concatenate(pool.labels).astype(np.uint8), positives + negatives
    at = chosen(labels, count, positives / count, 0)
    windows = np.concatenate(pool.windows)[at]
    if decimate > 1:
        windows = resample_poly(windows, 1, decimate, axis=2).astype(np.float32)
        windows = windows[:, :, : writer.header.window_samples]
    stages, subjects = np.concatenate(pool.stages)[at], np.concatenate(pool.subjects)[at]
    for subject in np.unique(subjects):
        own = subjects == subject
        name = f"sim-{subject}"
        writer.add(
            windows[own], labels[at][own], np.zeros(int(own.sum())), subject=name, recording=name, group="one",
            montage="own", split=split, stages=stages[own],
        )  # fmt: skip


MAKERS: Final[dict[str, Callable[[Path, float, int], None]]] = {
    **{f"ICM{number}": partial(icm, number) for number in ICM},
    **{name: partial(tuev, name) for name in TUEV},
    "two-task": two_task,
}


def make(out: Path, names: list[str], scale: float, decimate: int) -> Iterator[Path]:
    """Make sets that are not there yet; yield the folder of each."""
    for name in names:
        folder = out / f"{name}-like" if name != "two-task" else out / name
        if not is_windowset(folder):
            MAKERS[name](folder, scale, decimate)
        yield folder


def main() -> int:
    """Make the sets; return 0, or 2 for what cannot be made."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, required=True, metavar="FOLDER")
    parser.add_argument("--scale", type=float, default=0.05)
    parser.add_argument("--only", type=lambda text: text.split("+"), default=list(MAKERS), metavar="NAME+NAME")
    parser.add_argument("--decimate", type=int, choices=(1, 2, 4), default=1, help="divides rates")
    parser.add_argument("--vepiset", type=Path, metavar="FOLDER")
    options = parser.parse_args()
    try:
        if strange := [name for name in options.only if name not in MAKERS]:
            raise DataError(f"--only {strange[0]}: there are {', '.join(MAKERS)}; join names with +")
        if options.vepiset:
            of_vepiset(options.vepiset, options.out)
        else:
            for folder in make(options.out, options.only, options.scale, options.decimate):
                print(folder, file=sys.stderr)
    except ModelsError as problem:
        print(problem, file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
