"""Weights averaged over steps, which rank windows more steadily than those of the last step.

Source: vepiset/vEpiNetV2 `base_trainer` (a decay of 0.999, averaged weights evaluated). Ours: in the first steps the
decay is (1 + t) / (10 + t) where that is less, so that a short training does not end near its first weights.
"""

import copy
from collections.abc import Mapping

import torch
from torch import Tensor, nn

COUNT = "steps"


class Average:
    """Follows a network; its state is tensors by the network's own names, and the number of steps."""

    def __init__(self, decay: float) -> None:
        self._decay = decay
        self._network: nn.Module | None = None
        self._steps = 0

    def update(self, network: nn.Module) -> None:
        """Take a step's weights in; statistics of batch norm are the network's own."""
        if not self._decay:
            return
        if self._network is None:
            self._network = copy.deepcopy(network)
        decay = min(self._decay, (1 + self._steps) / (10 + self._steps))
        self._steps += 1
        with torch.no_grad():
            for mean, weight in zip(self._network.parameters(), network.parameters(), strict=True):
                mean.lerp_(weight, 1 - decay)
            for kept, buffer in zip(self._network.buffers(), network.buffers(), strict=True):
                kept.copy_(buffer)

    def of(self, network: nn.Module) -> nn.Module:
        """Return the network with averaged weights; the network itself before the first step, or without a decay."""
        return network if self._network is None else self._network

    def tensors(self) -> dict[str, Tensor]:
        """Return all that a checkpoint needs; nothing without a decay."""
        if self._network is None:
            return {}
        return {**self._network.state_dict(), COUNT: torch.tensor(self._steps)}

    def restore(self, network: nn.Module, tensors: Mapping[str, Tensor]) -> None:
        """Restore what `tensors` returned, for a network of the same shape."""
        if tensors:
            self._network, self._steps = copy.deepcopy(network), int(tensors[COUNT])
            self._network.load_state_dict({name: tensor for name, tensor in tensors.items() if name != COUNT})
