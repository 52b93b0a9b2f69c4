"""Optimisers go on from their saved state as if nothing had happened."""

from typing import get_args

import pytest
import torch
from torch import nn

from models.training import optimisers
from models.training.recipe_values import Optimiser


def steps(network: nn.Module, optimiser: torch.optim.Optimizer, count: int, first: int = 0) -> None:
    """Take steps on inputs that depend on the step's number."""
    optimisers.set_learning_rate(optimiser, 0.05)
    for number in range(first, first + count):
        # By the step's number: the resumed run has to see what the other one saw.
        x = torch.randn(8, 3, generator=torch.Generator().manual_seed(number))
        optimiser.zero_grad()
        torch.autograd.backward(network(x).square().mean())
        optimiser.step()


@pytest.mark.parametrize("name", get_args(Optimiser))
def test_a_restored_optimiser_goes_on_exactly(name: Optimiser) -> None:
    """Momentum, second moments and counts of steps are all there."""
    torch.manual_seed(0)
    network, other = nn.Linear(3, 2), nn.Linear(3, 2)
    optimiser = optimisers.build(name, network)
    steps(network, optimiser, 3)
    other.load_state_dict(network.state_dict())
    resumed = optimisers.build(name, other)
    optimisers.restore(resumed, optimisers.state_tensors(optimiser))
    steps(network, optimiser, 3, first=3)
    steps(other, resumed, 3, first=3)
    assert torch.equal(network.weight, other.weight)
    assert torch.equal(network.bias, other.bias)


def test_without_its_state_it_would_not() -> None:
    """The state matters."""
    torch.manual_seed(0)
    network, other = nn.Linear(3, 2), nn.Linear(3, 2)
    optimiser = optimisers.build("sgd", network)
    steps(network, optimiser, 3)
    other.load_state_dict(network.state_dict())
    steps(network, optimiser, 3, first=3)
    # The same weights with a fresh optimiser: momentum is missing.
    steps(other, optimisers.build("sgd", other), 3, first=3)
    assert not torch.equal(network.weight, other.weight)
