"""Windows varied as recordings vary: groups read from their other end, missing derivations, other spectra."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from models.datasets.windowset import Floats, Indices, WindowSet
from models.errors import TrainingError
from models.signal.montage import ROWS
from models.simulate.truth import Layout
from models.simulate.windows import augment
from models.training.batches import Vary, unvaried
from models.training.recipe import Recipe
from models.training.spectral_augmentation import augment_spectrum

LAYOUTS: Final[dict[str, Layout]] = {"scalp": "scalp", "shaft": "depth"}
"""How the rows of a group lie, by montage."""
_STREAM: Final = 4


@dataclass(frozen=True, slots=True)
class Turn:
    """`models.simulate.windows.augment`, each window by its own montage; a function of seed, epoch and batch.

    With `spectral`, `models.training.spectral_augmentation` too.
    """

    windowset: WindowSet
    seed: int
    spectral: bool = False

    def __call__(self, windows: Floats, indices: Indices, epoch: int, batch: int) -> Floats:
        """Return windows (n, 5, samples) varied."""
        rng = np.random.default_rng([self.seed, _STREAM, epoch, batch])
        montages = self.windowset.montage[indices]
        varied = np.empty_like(windows)
        for number in np.unique(montages):
            chosen = montages == number
            varied[chosen] = augment(windows[chosen], rng, LAYOUTS[self.windowset.header.montages[number]])
        return augment_spectrum(varied, rng, self.windowset.header.rate_hz) if self.spectral else varied


def for_recipe(recipe: Recipe, windowset: WindowSet) -> Vary:
    """Return what the recipe asks for.

    Raises
    ------
    TrainingError
        if turning is asked for groups of which the other end is not known
    """
    if recipe.augmentation == "none":
        return unvaried
    header = windowset.header
    if header.channels != ROWS or (unknown := sorted(set(header.montages) - set(LAYOUTS))):
        found = f"montage {unknown[0]!r}" if header.channels == ROWS else f"{header.channels} derivations a group"
        raise TrainingError(
            f"recipe: augmentation {recipe.augmentation!r} needs groups of {ROWS} derivations of montage "
            f"{' or '.join(LAYOUTS)}; the set has {found}: set augmentation to 'none'"
        )
    return Turn(windowset, recipe.seed, spectral=recipe.augmentation == "turn_and_recolour")
