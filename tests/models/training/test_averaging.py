"""Averaged weights are those of the formula, step by step, and what is validated and kept."""

import copy
from pathlib import Path

import pytest
import torch
from torch import nn

from models.training.averaging import Average
from models.training.trainer import train
from models.zoo import store
from tests.models.training.small_training import easy_parts, tiny_recipe


def walked(average: Average, network: nn.Linear, values: list[float]) -> None:
    """Set the weight to values, one a step."""
    for value in values:
        nn.init.constant_(network.weight, value)
        average.update(network)


def weight_of(network: nn.Module) -> float:
    """Return the one weight."""
    return next(network.parameters()).item()


def test_the_average_by_hand() -> None:
    """Decays 1/10, 2/11, then 0.2; the first step begins from its own weights."""
    average, network = Average(0.2), nn.Linear(1, 1, bias=False)
    walked(average, network, [1.0, 2.0, 4.0])
    second = 1.0 + (2.0 - 1.0) * (1 - 2 / 11)
    assert weight_of(average.of(network)) == pytest.approx(second + (4.0 - second) * 0.8)
    assert weight_of(network) == 4.0


def test_without_a_decay_it_is_the_network() -> None:
    """Nothing is kept, nothing saved."""
    average, network = Average(0.0), nn.Linear(1, 1, bias=False)
    walked(average, network, [1.0, 2.0])
    assert average.of(network) is network
    assert average.tensors() == {}


def test_a_restored_average_goes_on_exactly() -> None:
    """With its count of steps, and batch norm's statistics."""
    network = nn.Sequential(nn.Linear(2, 2), nn.BatchNorm1d(2))
    average, other = Average(0.999), Average(0.999)
    for _ in range(3):
        network(torch.randn(4, 2))
        average.update(network)
    other.restore(network, copy.deepcopy(average.tensors()))
    for one in (average, other):
        one.update(network)
    assert average.tensors().keys() == other.tensors().keys()
    assert all(torch.equal(tensor, other.tensors()[name]) for name, tensor in average.tensors().items())
    assert torch.equal(average.tensors()["1.running_mean"], network.state_dict()["1.running_mean"])


def test_what_is_kept_is_the_average(tmp_path: Path) -> None:
    """Another decay is another model though the steps are the same."""
    parts = easy_parts(tmp_path / "set")
    kept = []
    for decay in (0.0, 0.9):
        run = tmp_path / f"{decay:g}"
        train(parts, tiny_recipe(average_decay=decay, epochs=1), run, device="cpu")
        kept.append(store.load(run / "model").network.state_dict())
    assert any(not torch.equal(kept[0][name], kept[1][name]) for name in kept[0])
