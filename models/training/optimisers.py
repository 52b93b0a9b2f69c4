"""The two optimisers, and their state as named tensors that a checkpoint can hold."""

from collections.abc import Mapping
from typing import Final

import torch
from torch import Tensor, nn

from models.training.recipe_values import Optimiser

# The official iEDeaL code's; the paper says SGD and no more.
SGD_MOMENTUM: Final = 0.9
SGD_WEIGHT_DECAY: Final = 1e-4
ADAMW_WEIGHT_DECAY: Final = 1e-2  # torch's default, and vEpiNetV2's


def build(name: Optimiser, network: nn.Module) -> torch.optim.Optimizer:
    """Return an optimiser; its learning rate is set at every step."""
    # Rate 0 until `set_learning_rate`: a step that forgets it changes nothing, rather than a little.
    if name == "sgd":
        return torch.optim.SGD(network.parameters(), lr=0.0, momentum=SGD_MOMENTUM, weight_decay=SGD_WEIGHT_DECAY)
    return torch.optim.AdamW(network.parameters(), lr=0.0, weight_decay=ADAMW_WEIGHT_DECAY)


def set_learning_rate(optimiser: torch.optim.Optimizer, learning_rate: float) -> None:
    """Set the learning rate of all weights."""
    for group in optimiser.param_groups:
        group["lr"] = learning_rate


def state_tensors(optimiser: torch.optim.Optimizer) -> dict[str, Tensor]:
    """Return momentum and the like, named "0.momentum_buffer" by the place of their weight."""
    return {
        f"{place}.{key}": value
        for place, weight in enumerate(_weights(optimiser))
        for key, value in optimiser.state[weight].items()
    }


def restore(optimiser: torch.optim.Optimizer, tensors: Mapping[str, Tensor]) -> None:
    """Restore the state that `state_tensors` returned."""
    weights = _weights(optimiser)
    for name, value in tensors.items():
        place, _, key = name.partition(".")
        weight = weights[int(place)]
        # Counts of steps are tensors () that torch keeps on the CPU: moved to a GPU, each step would wait for them.
        optimiser.state[weight][key] = value.clone() if value.ndim == 0 else value.to(weight.device, copy=True)


def _weights(optimiser: torch.optim.Optimizer) -> list[Tensor]:
    return [weight for group in optimiser.param_groups for weight in group["params"]]
