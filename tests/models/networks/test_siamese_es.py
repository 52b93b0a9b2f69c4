"""Siamese-ES has two heads on shared features, and gradients flow where its arms say."""

import pytest
import torch

from models.networks.siamese_es import SiameseES

WINDOWS = torch.randn(3, 5, 256, generator=torch.Generator().manual_seed(1))


def light(**options: int) -> SiameseES:
    """Return a light network of five derivations, the same weights every time."""
    torch.manual_seed(0)
    return SiameseES(5, 256, "light", **options)


def moved(network: SiameseES, task: int) -> set[str]:
    """Return the parts that the loss of a task, 0 discharges and 1 sleep, reaches."""
    network.zero_grad()
    torch.autograd.backward(network.both(WINDOWS)[task].square().sum())
    named = network.named_parameters()
    return {name.split(".")[0] for name, weight in named if weight.grad is not None and weight.grad.abs().sum() > 0}


def test_sizes_are_those_of_the_reconstruction() -> None:
    """Two twins of the library's size; the light one has below 2 million numbers with all 77 derivations."""
    assert sum(weight.numel() for weight in SiameseES().parameters()) == 25_169_955
    assert sum(weight.numel() for weight in SiameseES(size="light").parameters()) == 896_639


@pytest.mark.parametrize("classes", [2, 5])
def test_both_heads_answer(classes: int) -> None:
    """One logit of a discharge, and one for each class of sleep; in use only the first is asked for."""
    network = light(sleep_classes=classes).eval()
    ied, sleep = network.both(WINDOWS)
    assert (ied.shape, sleep.shape) == ((3,), (3, classes))
    assert torch.equal(network(WINDOWS), ied)


def test_gradients_flow_where_the_arms_say() -> None:
    """Shared: the converter. Fused: discharges teach Twins-Sleep too, unless they are stopped."""
    shared, sleep = {"converter", "electron", "head"}, {"converter", "sleep", "sleep_head"}
    assert moved(light(), 0) == shared | {"sleep", "side"}
    assert moved(light(stop_gradient=1), 0) == shared | {"side"}
    assert moved(light(fusion=0), 0) == shared
    for network in (light(), light(stop_gradient=1), light(fusion=0)):
        assert moved(network, 1) == sleep


@torch.no_grad()
def test_sleep_features_enter_the_answer_only_where_they_are_fused() -> None:
    """Other weights of Twins-Sleep change the logits of discharges, or do not."""
    for fusion in (0, 1):
        network = light(fusion=fusion).eval()
        before = network(WINDOWS)
        for weight in network.sleep.parameters():
            weight.add_(0.1)
        assert torch.equal(network(WINDOWS), before) == (not fusion)


def test_another_number_of_classes_is_refused() -> None:
    """Two or five."""
    with pytest.raises(ValueError, match="sleep_classes 3"):
        SiameseES(sleep_classes=3)
