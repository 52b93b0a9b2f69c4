"""The network that a recipe names: built for the data's windows, and its weights at the start."""

import inspect
from collections.abc import Mapping
from typing import Protocol, cast

import numpy as np
import torch
from torch import Tensor, nn

from models.datasets.windowset import Header, Indices
from models.errors import TrainingError
from models.networks.initialisation import lsuv
from models.training import prevalence
from models.training.data import TrainingData
from models.training.recipe import Number, Recipe
from models.zoo.store import ARCHITECTURES

LSUV_EACH = 128
"""Positives, and as many negatives, that LSUV sees (official iEDeaL code)."""
_STREAM = 5


class _HasFeatures(Protocol):
    def features(self, windows: Tensor) -> Tensor: ...


def parameters(recipe: Recipe, header: Header) -> dict[str, Number]:
    """Return all arguments of the network's class, defaults included, so that a manifest says them all."""
    if recipe.architecture not in ARCHITECTURES:
        raise TrainingError(f"recipe: no architecture {recipe.architecture!r}; there are {', '.join(ARCHITECTURES)}")
    signature = inspect.signature(ARCHITECTURES[recipe.architecture]).parameters
    shape = {"channels": header.channels, "window_samples": header.window_samples}
    if not set(shape) <= set(signature):
        raise TrainingError(f"recipe: architecture {recipe.architecture!r} does not take windows; it has its own fit")
    if unknown := sorted(set(recipe.parameters) - set(signature)):
        known = ", ".join(sorted(set(signature) - set(shape)))
        raise TrainingError(f"recipe: unknown key parameters.{unknown[0]}; {recipe.architecture!r} has {known}")
    defaults = {name: p.default for name, p in signature.items() if p.default is not p.empty}
    return {**defaults, **recipe.parameters, **shape}


def build(recipe: Recipe, header: Header) -> nn.Module:
    """Return the network, weights as its layers draw them from the recipe's seed.

    Raises
    ------
    TrainingError
        if the architecture or one of its parameters does not exist or makes no sense
    """
    torch.manual_seed(recipe.seed)
    arguments = parameters(recipe, header)
    try:
        network = ARCHITECTURES[recipe.architecture](**arguments)
    except (TypeError, ValueError, RuntimeError) as problem:
        raise TrainingError(f"recipe: parameters do not fit {recipe.architecture!r}: {problem}") from None
    if recipe.live_prevalence:
        prevalence.check(network)
    if recipe.sampler == "latent" and not hasattr(network, "features"):
        raise TrainingError(f"recipe: sampler 'latent' needs features; {recipe.architecture!r} gives none")
    return network


def start_windows(data: TrainingData, recipe: Recipe) -> Indices:
    """Return the numbers of the windows that LSUV sees, half positives and half negatives where there are enough."""
    rng = np.random.default_rng([recipe.seed, _STREAM])
    classes = (data.positives, data.negatives)
    return np.sort(np.concatenate([rng.permutation(of)[:LSUV_EACH] for of in classes]))


def initialise(network: nn.Module, recipe: Recipe, windows: Tensor) -> None:
    """Bring the weights where the recipe wants them to start."""
    if recipe.initialisation == "lsuv":
        lsuv(network, windows)


def pooled_features(network: nn.Module, windows: Tensor) -> Tensor:
    """Return what the latent sampler clusters: features (n, width) of windows, their maxima over time."""
    maps: Tensor = cast("_HasFeatures", network).features(windows)
    return maps.amax(dim=2)


def count(weights: Mapping[str, Tensor]) -> int:
    """Return how many numbers there are to learn."""
    return sum(weight.numel() for weight in weights.values())
