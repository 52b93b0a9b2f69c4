"""Trains each arm on as many windows as all others, of one set."""

import re
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from bench.ablation.arms import Arm, Kind
from models.datasets import splits
from models.datasets.splits import Part
from models.datasets.windowset import WINDOWS, Indices, WindowSet, load
from models.errors import DataError
from models.signal.montage import ROWS
from models.simulate import simulate
from models.training.recipe import Recipe
from models.training.trainer import train

SIMULATED: Final = re.compile(r"sim-(\d+)")
VALIDATING: Final = (1_000, 5_000)
"""Positives and negatives that choose the epoch: they need not be many, and are looked at after every one."""
SEED: Final = 17  # any; fixed, so that the same command draws the same windows
ROWS_AT_ONCE: Final = 50_000


def kinds_of(ws: WindowSet) -> NDArray[np.str_]:
    """Return what kind of subject each window (n,) is of.

    Raises
    ------
    DataError
        if simulated patients wear depth leads: whose background is normal depends on what they wear
    """
    if ws.header.montages != ("scalp",):
        raise DataError(f"{ws.folder}: has {', '.join(ws.header.montages)}; make it with --layouts scalp")
    return np.array([_kind(name) for name in ws.header.subjects])[ws.subject]


def _kind(subject: str) -> Kind:
    simulated = SIMULATED.fullmatch(subject)
    if simulated is None:
        return "person"
    # A patient's traits depend on the seed alone: a second of it tells whether they are ill. Periodic discharges are
    # an illness as well, and nobody has them whose rate of discharges is 0.
    return "ill" if simulate(int(simulated[1]), 1.0, ied_rate_per_min=8.0).abnormalities else "well"


def parts(ws: WindowSet, arms: Sequence[Arm], kinds: NDArray[np.str_], seed: int) -> dict[str, dict[str, Part]]:
    """Return each arm's training and validation part.

    All arms train on as many positives, and on as many negatives, as the arm with fewest has; they share the
    validation part.
    """
    whole = splits.parts(ws, seed=seed)
    chosen = {arm.name: _of_kinds(whole["train"], kinds, arm.kinds) for arm in arms}
    fewest = [min(of_arm[label].size for of_arm in chosen.values()) for label in (1, 0)]
    validation = Part(ws, _drawn(_of_kinds(whole["validation"], kinds, None), VALIDATING, seed))
    return {
        name: {"train": Part(ws, _drawn(of_arm, fewest, seed)), "validation": validation}
        for name, of_arm in chosen.items()
    }


def _of_kinds(part: Part, kinds: NDArray[np.str_], wanted: frozenset[Kind] | None) -> dict[int, Indices]:
    """Return a part's negatives and positives, by label, of some kinds of subjects."""
    fits = np.ones(len(part), bool) if wanted is None else np.isin(kinds[part.indices], sorted(wanted))
    return {label: part.indices[fits & (part.labels == label)] for label in (0, 1)}


def _drawn(of: Mapping[int, Indices], counts: Sequence[int], seed: int) -> Indices:
    """Draw so many positives and negatives."""
    rng = np.random.default_rng([SEED, seed])
    drawn = [
        rng.choice(of[label], min(count, of[label].size), replace=False)
        for label, count in zip((1, 0), counts, strict=True)
    ]
    return np.sort(np.concatenate(drawn))


def without_ends(ws: WindowSet, out: Path) -> WindowSet:
    """Return a copy of a set in which the difference between a chain's ends is zero."""
    if not out.exists():
        half = out.with_name(out.name + ".half")
        shutil.rmtree(half, ignore_errors=True)
        shutil.copytree(ws.folder, half)
        windows = np.lib.format.open_memmap(half / WINDOWS, mode="r+")
        for first in range(0, len(windows), ROWS_AT_ONCE):
            windows[first : first + ROWS_AT_ONCE, ROWS - 1] = 0
        windows.flush()
        half.rename(out)
    return load(out)


def trained(arm: Arm, its: Mapping[str, Part], recipe: Recipe, folder: Path) -> Path:
    """Train an arm, or go on with it, and return its model folder."""
    if not arm.sees_ends:
        ws = without_ends(its["train"].windowset, folder.parent / "without-ends")
        its = {name: Part(ws, part.indices) for name, part in its.items()}
    train(its, recipe.changed(arm.settings), folder, device="cpu")
    return folder / "model"
