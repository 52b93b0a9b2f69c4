"""LSUV brings layers to unit variance, and does what the published loop does where a network asks for that."""

import copy

import torch
from torch import Tensor, nn

from models.networks.initialisation import lsuv
from models.networks.sc import SC


def layers_of(network: nn.Module) -> list[nn.Module]:
    """Return convolutions and linear layers in their order."""
    return [layer for layer in network.modules() if isinstance(layer, nn.Conv1d | nn.Linear)]


def outputs_of(network: nn.Module, windows: Tensor) -> list[Tensor]:
    """Return what every layer gives in one pass, by the order of layers."""
    found: dict[nn.Module, Tensor] = {}
    hooks = [
        layer.register_forward_hook(lambda layer, _input, output: found.update({layer: output.detach()}))
        for layer in layers_of(network)
    ]
    network(windows)
    for hook in hooks:
        hook.remove()
    return [found[layer] for layer in layers_of(network)]


def test_lsuv_brings_every_layer_to_unit_variance() -> None:
    """After initialisation each layer's output has a standard deviation near 1; the mode is kept."""
    torch.manual_seed(3)
    network = SC(5, 64, width=16, blocks=3).train()
    windows = torch.randn(64, 5, 64)
    lsuv(network, windows)
    assert all(module.training for module in network.modules())
    outputs = outputs_of(network.eval(), windows)
    assert len(outputs) == 8  # the first convolution, two in each of three blocks, the head
    assert all(abs(float(output.std()) - 1) < 0.11 for output in outputs)


def test_the_official_head_is_scaled_on_the_features_that_it_is_trained_on() -> None:
    """First logits of a training vary by 1; halved features would have made the head twice too large."""
    torch.manual_seed(3)
    network = SC(5, 64, width=16, blocks=3, variant="official").train()
    windows = torch.randn(64, 5, 64)
    lsuv(network, windows)
    logits = network(windows).detach()
    assert abs(float(logits.std()) - 1) < 0.11
    assert abs(float(logits.mean())) < 0.05
    in_use = network.eval()(windows).detach()
    assert torch.allclose(in_use - network.head.bias, (logits - network.head.bias) / 2, atol=1e-5)


def published(network: nn.Module, windows: Tensor) -> None:
    """Rescale as the published loop does: from its second layer on, coefficient and bias from the same output."""
    for place, layer in enumerate(layers_of(network)):
        output = outputs_of(network, windows)[place]
        rounds = 0
        while place > 0 and abs(float(output.std()) - 1) > 0.1 and rounds < 10:
            coefficient = 1 / float(output.std())
            for name, weight in layer.named_parameters():
                if name == "weight":
                    weight.mul_(coefficient)
                else:
                    weight.sub_(float(output.mean()) * coefficient)
            output, rounds = outputs_of(network, windows)[place], rounds + 1


@torch.no_grad()
def test_the_official_variant_begins_as_the_published_loop_leaves_it() -> None:
    """Same orthonormal weights, then the same scales: the first layer keeps its own."""
    torch.manual_seed(5)
    network, windows = SC(5, 64, width=16, blocks=3, variant="official").train(), torch.randn(64, 5, 64) * 7
    twin = copy.deepcopy(network)
    torch.manual_seed(9)
    lsuv(network, windows)
    torch.manual_seed(9)
    for layer in layers_of(twin):
        nn.init.orthogonal_(layer.get_parameter("weight"))
    twin.head.bias.zero_()
    first = layers_of(twin)[0].get_parameter("weight").clone()
    published(twin, windows)
    assert torch.equal(layers_of(network)[0].get_parameter("weight"), first)
    for name, weight in twin.named_parameters():
        torch.testing.assert_close(network.get_parameter(name), weight, rtol=1e-4, atol=1e-4)
