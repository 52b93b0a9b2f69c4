"""Question: where do the papers' data sets come from, where the real ones cannot be shared?

Method: simulated patients, cut as the papers cut theirs. ICM1 to ICM8: eight patients with a depth lead, one set each,
the imbalances of iEDeaL's table 1, 512 Hz, 5 bipolar pairs of the deepest contacts, windows of 1.5 s; the tables split
them by row. TUEV1,1-like and TUEV1,3-like: one derivation and 1 s at 250 Hz of many patients, 1.19 and 0.97 % of the
training windows positive, other patients in the test part; negatives of 1,1 hold nothing, those of 1,3 also what may
pass for a discharge. two-task: epochs of 4 s at 500 Hz with sleep (`models.datasets.epochs`), as many as vEpiSet has.
two-task-sleep: as many, which hold what may pass for a discharge in sleep (`bench.paper.family_sleep`).
Ours: patients, electrodes and how far a discharge must stand out are the simulator's; the tables must not be read as
the papers' on the same data. `--scale` is the share of the papers' windows; 1 needs some 20 GB.
Command: python -m bench.paper.families --out FOLDER [--scale 0.05] [--test-scale 0.2] [--only NAME+NAME] [--decimate
4]; a set that is there is not made again. A larger `--test-scale` makes figures finer and costs no training.
`--vepiset FOLDER` makes two-task epochs of vEpiSet's files instead, in the published stack of 77 rows.
"""

import argparse
import math
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Final

import numpy as np

from bench.paper import family_sleep
from bench.paper.family_sizes import ICM, SLEEPERS, TUEV, TWO_TASK, Extent, check_same, header, two_task_sizes
from bench.paper.family_windows import (
    Conditioned,
    around_peaks,
    conditioned,
    eventful,
    in_turn,
    labels_at,
)
from bench.paper.pools import Pool, write
from models.datasets import epochs, vepiset
from models.datasets.annotations import Labelled, Mark, Skipped, StageSpan
from models.datasets.windowset import is_windowset
from models.datasets.windowset_writer import Writer
from models.errors import DataError, ModelsError
from models.readers import vepiset_mat
from models.readers.contract import in_memory
from models.readers.recording import Recording
from models.signal.montage import build
from models.simulate import simulate
from models.simulate.patient import Patient
from models.simulate.truth import Simulated
from models.simulate.windows import POSITIVE_RATIO

FIRST_PATIENT: Final = 870_000_000  # below the patients that evaluations hold out, above those of training sets
LEAD: Final = tuple(f"LA{contact}" for contact in range(1, 7))  # five pairs
MOST_PIECES: Final = 20_000
DISCHARGES_PER_MIN: Final = 2.0  # about a tenth of 4 s epochs then hold one, as in vEpiSet


def icm(number: int, folder: Path, extent: Extent) -> None:
    """Make the set of one depth patient; the test part is drawn at random over windows, as in the paper."""
    sizes = extent.of(ICM[number])
    positives, negatives = (sum(size[i] for size in sizes) for i in (0, 1))
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
    with Writer(folder, header(f"ICM{number}", extent)) as writer:
        write(writer, pool, {"train": sizes[0], "test": sizes[1]}, extent.decimate)


def _add_group(pool: Pool, track: Conditioned, rng: np.random.Generator, subject: int) -> None:
    """Add a window around each discharge, and those without that follow each other."""
    rows, length = slice(0, 5), 768
    around, turns = around_peaks(track, length, rng), in_turn(track, length)
    labels = np.concatenate([labels_at(track, rows, around, length), labels_at(track, rows, turns, length)])
    # Of the windows in turn only negatives: each discharge gives one positive.
    labels[len(around) :][labels[len(around) :] == 1] = np.nan
    starts = np.concatenate([around, turns])
    pool.add(track.windows(rows, starts, length), labels, track.stages_at(starts + length // 2), subject)


def tuev(name: str, folder: Path, extent: Extent) -> None:
    """Make a set of single derivations, test patients apart from the others."""
    quiet = name == "TUEV1,1"
    with Writer(folder, header(name, extent)) as writer:
        for part, (split, size) in enumerate(zip(("train", "test"), extent.of(TUEV[name]), strict=True)):
            pool, first = Pool(), FIRST_PATIENT + 1000 + 10_000 * part
            for seed in range(first, first + 10_000):
                if not pool.lacks(*size):
                    break
                _add_rows(pool, seed, quiet=quiet)
            write(writer, pool, {split: size}, extent.decimate)


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


def two_task(folder: Path, extent: Extent) -> None:
    """Make epochs of simulated patients, awake and asleep; discharges too faint for a reader count as none."""
    if extent.decimate != 1:
        raise DataError("two-task: epochs keep 500 Hz, by which the networks' spectrograms are made; leave --decimate")
    trained, tested, each = two_task_sizes(extent)
    with Writer(folder, header(TWO_TASK, extent)) as writer:
        for number in range(trained + tested):
            seed = FIRST_PATIENT + 50_000 + number
            simulated = simulate(
                seed, each * vepiset.EPOCH_S, rate_hz=vepiset_mat.RATE_HZ, minutes_per_stage=0.5,
                ied_rate_per_min=DISCHARGES_PER_MIN,
            )  # fmt: skip
            split = "train" if number < trained else "test"
            epochs.write(writer, replace(_labelled(simulated, f"sim-{seed}"), split=split))


def _labelled(simulated: Simulated, name: str) -> Labelled:
    rate = simulated.rate_hz
    seen = [ied for ied in simulated.ieds if ied.ratio >= POSITIVE_RATIO]
    marks = tuple(Mark(ied.peak / rate, 0.0, "ied") for ied in seen)
    stages = tuple(StageSpan(one.first / rate, (one.end - one.first) / rate, one.stage) for one in simulated.stages)
    units, types = ("uV",) * len(simulated.labels), ("EEG",) * len(simulated.labels)
    recording = Recording(simulated.samples, rate, tuple(simulated.labels), units, types)
    return Labelled(in_memory(recording), name, name, marks, stages)


def of_vepiset(folder: Path, out: Path) -> None:
    """Make two-task epochs of vEpiSet's files; those that cannot be used are named."""
    with Writer(out, epochs.header("vepiset", f"epochs of {folder.name}", rows=epochs.ALL_ROWS)) as writer:
        for labelled in vepiset.read(folder):
            if isinstance(labelled, Skipped):
                print(f"skipped {labelled.path}: {labelled.reason}", file=sys.stderr)
            else:
                epochs.write(writer, labelled)


MAKERS: Final[dict[str, Callable[[Path, Extent], None]]] = {
    **{f"ICM{number}": partial(icm, number) for number in ICM},
    **{name: partial(tuev, name) for name in TUEV},
    TWO_TASK: two_task,
    SLEEPERS: family_sleep.make,
}


def make(out: Path, names: list[str], extent: Extent) -> Iterator[Path]:
    """Make sets that are not there yet; yield the folder of each.

    Raises
    ------
    DataError
        if a set is there that was made otherwise, or would be empty
    """
    for name in names:
        folder = out / f"{name}-like" if name not in {TWO_TASK, SLEEPERS} else out / name
        if is_windowset(folder):
            check_same(folder, header(name, extent))
        else:
            print(f"making {folder}, {extent}", file=sys.stderr)
            MAKERS[name](folder, extent)
        yield folder


def main() -> int:
    """Make the sets; return 0, or 2 for what cannot be made."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, required=True, metavar="FOLDER")
    parser.add_argument("--scale", type=_share, default=0.05)
    parser.add_argument("--test-scale", type=_share, metavar="SHARE", help="of the test windows; --scale by default")
    parser.add_argument("--only", type=lambda text: text.split("+"), default=list(MAKERS), metavar="NAME+NAME")
    parser.add_argument("--decimate", type=int, choices=(1, 2, 4, 8), default=1, help="divides rates")
    parser.add_argument("--vepiset", type=Path, metavar="FOLDER")
    options = parser.parse_args()
    try:
        if strange := [name for name in options.only if name not in MAKERS]:
            raise DataError(f"--only {strange[0]}: there are {', '.join(MAKERS)}; join names with +")
        if options.vepiset:
            of_vepiset(options.vepiset, options.out)
        else:
            extent = Extent(options.scale, options.test_scale or options.scale, options.decimate)
            for folder in make(options.out, options.only, extent):
                print(folder, file=sys.stderr)
    except ModelsError as problem:
        print(problem, file=sys.stderr)
        return 2
    return 0


def _share(text: str) -> float:
    try:
        share = float(text)
    except ValueError:
        share = math.nan
    if not 0 < share < math.inf:
        raise argparse.ArgumentTypeError(f"{text}: give a share of the paper's windows, above 0")
    return share


if __name__ == "__main__":
    sys.exit(main())
