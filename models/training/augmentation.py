"""Windows varied as recordings vary: groups read from their other end, missing derivations, other spectra."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from models.datasets.windowset import Floats, Indices, WindowSet
from models.errors import TrainingError
from models.signal.montage import ROWS
from models.signal.window_geometry import FROM_THE_OTHER_END
from models.training import candidate_augmentation
from models.training.batches import Vary, unvaried
from models.training.recipe import Recipe
from models.training.spectral_augmentation import GAIN_SPREAD, augment_spectrum

TURNED: Final = 0.5
"""Share of windows that are read from their other end."""
# Most recordings have all electrodes; of those that lack some, a group lacks one or two of its five derivations.
LACKING, MISSING = 0.15, 0.3
"""Share of windows that may lack derivations, and the share of derivations that such a window lacks."""
STACKS: Final = {38: (19, 19), 77: (26, 19, 16, 16)}
"""Groups of rows in the stacks of `models.datasets.epochs` and of vEpiNetV2; any other group of rows is one."""
# Apart from the streams of the samplers (1 to 3) and of LSUV's windows (5), which share the seed.
_STREAM: Final = 4


@dataclass(frozen=True, slots=True)
class Turn:
    """Vary each window by its own montage (`turn`); a function of seed, epoch and batch.

    With `spectral`, `models.training.spectral_augmentation` too.
    """

    windowset: WindowSet
    seed: int
    spectral: bool = False

    def __call__(self, windows: Floats, indices: Indices, epoch: int, batch: int) -> Floats:
        """Return windows (n, 5, samples) varied."""
        # Of the batch, not of the window: a run that resumes in the middle of an epoch varies its batches as before.
        rng = np.random.default_rng([self.seed, _STREAM, epoch, batch])
        # A set may mix scalp and shaft: which order is "the other end" depends on the montage.
        montages = self.windowset.montage[indices]
        varied = np.empty_like(windows)
        for number in np.unique(montages):
            chosen = montages == number
            varied[chosen] = turn(windows[chosen], rng, self.windowset.header.montages[number])
        if not self.spectral:
            return varied
        return augment_spectrum(varied, rng, self.windowset.header.rate_hz, GAIN_SPREAD)


@dataclass(frozen=True, slots=True)
class Permute:
    """Give each window's channels another order within each group of rows; a function of seed, epoch and batch.

    Source: vepiset/vEpiNetV2 `base_trainer`, for networks that must not learn places.
    """

    seed: int
    groups: tuple[int, ...]

    def __call__(self, windows: Floats, indices: Indices, epoch: int, batch: int) -> Floats:  # noqa: ARG002
        """Return windows (n, rows, samples) varied."""
        rng = np.random.default_rng([self.seed, _STREAM, epoch, batch])
        varied, first = windows.copy(), 0
        for rows in self.groups:
            order = rng.permuted(np.tile(np.arange(first, first + rows), (len(windows), 1)), axis=1)
            varied[:, first : first + rows] = np.take_along_axis(windows, order[:, :, None], axis=1)
            first += rows
        return varied


def turn(windows: Floats, rng: np.random.Generator, montage: str) -> Floats:
    """Return windows (n, 5, samples) varied as recordings vary; the labels stay.

    A group read from its other end has its rows reversed and negated, which keeps every electrode's polarity.
    Missing derivations are zero.
    """
    varied = windows.copy()
    turned = rng.random(len(varied)) < TURNED
    varied[turned] = -varied[turned][:, FROM_THE_OTHER_END[montage]]
    missing = (rng.random((len(varied), ROWS)) < MISSING) & (rng.random((len(varied), 1)) < LACKING)
    # A window without any derivation has no label to learn.
    missing[missing.all(axis=1)] = False
    varied[missing] = 0
    return varied


def for_recipe(recipe: Recipe, windowset: WindowSet) -> Vary:
    """Return the augmentation that the recipe names.

    Raises
    ------
    TrainingError
        if turning is asked for groups of which the other end is not known, or candidates where there are none
    """
    if recipe.augmentation == "none":
        return unvaried
    header = windowset.header
    if recipe.augmentation == "permute":
        return Permute(recipe.seed, STACKS.get(header.channels, (header.channels,)))
    if recipe.augmentation in ("candidate", "candidate_and_recolour"):
        spectral = recipe.augmentation == "candidate_and_recolour"
        return candidate_augmentation.for_windows(header, recipe.seed, spectral=spectral)
    if header.channels != ROWS or (unknown := sorted(set(header.montages) - set(FROM_THE_OTHER_END))):
        found = f"montage {unknown[0]!r}" if header.channels == ROWS else f"{header.channels} derivations a group"
        raise TrainingError(
            f"recipe: augmentation {recipe.augmentation!r} needs groups of {ROWS} derivations of montage "
            f"{' or '.join(FROM_THE_OTHER_END)}; the set has {found}: set augmentation to 'none'"
        )
    return Turn(windowset, recipe.seed, spectral=recipe.augmentation == "turn_and_recolour")
