"""The network that a recipe names: built for the data's windows, and its weights at the start."""

import inspect
from collections.abc import Mapping
from typing import Protocol, cast, get_args

import numpy as np
import torch
from torch import Tensor, nn

from models.datasets.windowset import Header, Indices
from models.errors import TrainingError
from models.networks import registry
from models.networks.contract import NetworkRecord, Unit
from models.networks.initialisation import Watch, lsuv, unwatched
from models.training import beginning
from models.training.data import TrainingData
from models.training.recipe import Recipe
from models.training.recipe_values import Number

LSUV_EACH = 128  # positives, and as many negatives, that LSUV sees (official iEDeaL code)
_STREAM = 5  # apart from the streams of the samplers (1 to 3) and of augmentation (4), which share the seed


class _HasFeatures(Protocol):
    def features(self, windows: Tensor) -> Tensor: ...


def parameters(recipe: Recipe, header: Header) -> dict[str, Number]:
    """Return all arguments of the network's class, defaults included, so that a manifest has them all."""
    record = _record(recipe, header)
    signature = inspect.signature(record.network).parameters
    shape = {"channels": header.channels, "window_samples": header.window_samples}
    if unknown := sorted(set(recipe.parameters) - set(signature)):
        known = ", ".join(sorted(set(signature) - set(shape)))
        raise TrainingError(f"recipe: unknown key parameters.{unknown[0]}; {recipe.architecture!r} has {known}")
    defaults = {name: p.default for name, p in signature.items() if p.default is not p.empty}
    return {**defaults, **recipe.parameters, **shape}


def _record(recipe: Recipe, header: Header) -> NetworkRecord:
    """Return the recipe's network; raise TrainingError unless it fits the windows and the rest of the recipe."""
    name, trainable = recipe.architecture, [one.name for one in registry.RECORDS.values() if one.task != "sleep"]
    if name not in registry.RECORDS:
        raise TrainingError(f"recipe: no architecture {name!r}; there are {', '.join(trainable)}")
    record = registry.RECORDS[name]
    if record.task == "sleep":
        raise TrainingError(f"recipe: architecture {name!r} does not take windows; it has its own fit")
    for key, known in (("channels", record.rows), ("window_samples", record.window_samples)):
        if getattr(header, key) not in known:
            raise TrainingError(
                f"recipe: architecture {name!r} takes {known[0]} to {known[-1]} {key}, the windows have "
                f"{getattr(header, key)}; choose another architecture, or prepare other windows"
            )
    # Before training, not when the manifest is written after it.
    if not record.scale_free and header.unit not in get_args(Unit):
        raise TrainingError(
            f"recipe: architecture {name!r} needs windows in a unit of {', '.join(get_args(Unit))}; the set has "
            f"{header.unit!r}: prepare it again, or choose another architecture"
        )
    if recipe.live_prevalence and not record.linear_head:
        raise TrainingError(f"recipe: live_prevalence moves the bias of a last layer; {name!r} has none")
    if recipe.sleep_weight and not record.two_task:
        both = ", ".join(one.name for one in registry.RECORDS.values() if one.two_task)
        raise TrainingError(f"recipe: sleep_weight needs a network that also scores sleep ({both}), not {name!r}")
    if recipe.sampler == "latent" and not record.features:
        raise TrainingError(f"recipe: sampler 'latent' needs features; {name!r} gives none")
    return record


def build(recipe: Recipe, header: Header) -> nn.Module:
    """Return the network, weights as its layers draw them from the recipe's seed, or those that it begins with.

    Raises
    ------
    TrainingError
        if the architecture or one of its parameters does not exist or makes no sense, or `begin_with` does not fit
    ModelError
        if the model of `begin_with` cannot be read
    """
    # Layers draw from torch's own generator: seeded here, so that the same recipe begins with the same weights.
    torch.manual_seed(recipe.seed)
    arguments = parameters(recipe, header)
    try:
        network: nn.Module = registry.RECORDS[recipe.architecture].network(**arguments)
    except (TypeError, ValueError, RuntimeError) as problem:
        raise TrainingError(f"recipe: parameters do not fit {recipe.architecture!r}: {problem}") from None
    beginning.take_over(network, recipe, header)
    return network


def start_windows(data: TrainingData, recipe: Recipe) -> Indices:
    """Return the numbers of the windows that LSUV sees, half positives and half negatives where there are enough."""
    rng = np.random.default_rng([recipe.seed, _STREAM])
    classes = (data.positives, data.negatives)
    # Ascending, so that the file is read forwards.
    return np.sort(np.concatenate([rng.permutation(of)[:LSUV_EACH] for of in classes]))


def initialise(network: nn.Module, recipe: Recipe, windows: Tensor, watch: Watch = unwatched) -> None:
    """Set the weights as the recipe's `initialisation` says; "torch" leaves those of `build`, as `begin_with` does."""
    if recipe.initialisation == "lsuv" and not recipe.begin_with:
        lsuv(network, windows, watch)


def pooled_features(network: nn.Module, windows: Tensor) -> Tensor:
    """Return what the latent sampler clusters: features (n, width) of windows, their maxima over time."""
    maps: Tensor = cast("_HasFeatures", network).features(windows)
    return maps.amax(dim=2)


def count(weights: Mapping[str, Tensor]) -> int:
    """Return how many numbers are to be learned."""
    return sum(weight.numel() for weight in weights.values())
