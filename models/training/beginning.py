"""Where a training's weights begin: at those of a trained model, where the recipe names one."""

from typing import Final

from torch import nn

from models.datasets.windowset import Header
from models.errors import TrainingError
from models.training.recipe import Recipe
from models.zoo import store
from models.zoo.manifest import Manifest

FREE: Final = frozenset({"dropout"})
"""Parameters that no weight depends on."""


def take_over(network: nn.Module, recipe: Recipe, header: Header) -> None:
    """Give a network the weights of the recipe's `begin_with`; leave them where it names none.

    Raises
    ------
    ModelError
        if it cannot be read
    TrainingError
        if it is another network, or was trained on windows of another rate or band
    """
    if not recipe.begin_with:
        return
    model = store.load(recipe.begin_with)
    _refuse_other_windows(model.manifest, recipe, header)
    theirs, ours = model.network.state_dict(), network.state_dict()
    if {name: value.shape for name, value in theirs.items()} != {name: value.shape for name, value in ours.items()}:
        known = ", ".join(f"{key}={value}" for key, value in model.manifest.parameters.items() if key not in FREE)
        raise TrainingError(
            f"recipe: begin_with = {recipe.begin_with!r} is {model.manifest.architecture} of {known}; set architecture "
            "and parameters to these, or leave begin_with out"
        )
    network.load_state_dict(theirs)


def history(recipe: Recipe) -> str:
    """Return what the weights had learnt from before the training began, for a manifest; "" where they were drawn."""
    if not recipe.begin_with:
        return ""
    manifest = store.load(recipe.begin_with).manifest
    return f"began with {manifest.name} ({manifest.sha256[:8]}), trained on: {manifest.training_data}. Then on "


def _refuse_other_windows(manifest: Manifest, recipe: Recipe, header: Header) -> None:
    theirs = (manifest.rate_hz, manifest.preprocessing.bandpass_hz)
    if theirs != (header.rate_hz, header.bandpass_hz):
        low, high = manifest.preprocessing.bandpass_hz
        raise TrainingError(
            f"recipe: begin_with = {recipe.begin_with!r} was trained on windows of {manifest.rate_hz:g} Hz from "
            f"{low:g} to {high:g} Hz; prepare such windows, or leave begin_with out"
        )
