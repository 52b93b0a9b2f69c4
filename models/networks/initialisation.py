"""LSUV: orthonormal weights, then each layer's output brought to unit variance on real input.

Source: Mishkin & Matas 2016; qtwang/iEDeaL `model/initialize.py`. Differs from the official code: the
network's train or eval mode is as before when this returns (the official one leaves it in eval mode, so its
dropout never acts). A network whose attribute `lsuv_as_published` holds gets the two quirks of the official loop: its
first layer is not rescaled, and a layer that has unit variance from the start keeps the mean of its output.

Checked against: unit variance of every layer, and the official loop written down (test_initialisation.py).
"""

from collections.abc import Callable

import torch
from torch import Tensor, nn

# Both as in the official code: layers within a tenth of unit variance count as done, and the number of tries is
# limited.
STD_TOLERANCE = 0.1
MAX_ROUNDS = 10

Watch = Callable[[int, int], None]


def unwatched(done: int, total: int) -> None:
    """Do nothing."""


@torch.no_grad()
def lsuv(network: nn.Module, windows: Tensor, watch: Watch = unwatched) -> None:
    """Initialise every convolution and linear layer of `network` in place.

    Parameters
    ----------
    network
        Takes `windows` as its only argument.
    windows
        (n, channels, samples): half positives, half negatives (128 + 128 in the official code).
    watch
        Called with the number of layers that are done and of all: a wide network takes minutes.
    """
    training = network.training
    network.eval()  # dropout would make a layer's variance differ from round to round
    # The network itself stays in training mode: what it does only in use must not change a layer's variance.
    network.training = True
    as_published = bool(getattr(network, "lsuv_as_published", False))
    layers = [layer for layer in network.modules() if isinstance(layer, nn.Conv1d | nn.Conv2d | nn.Linear)]
    for layer in layers:
        _orthonormal(layer)
    # In the order of the network: each layer's input is then final when its own output is measured.
    for done, layer in enumerate(layers):
        watch(done, len(layers))
        if done or not as_published:
            _unit_variance(layer, network, windows, as_published)
    network.train(training)


def _orthonormal(layer: nn.Conv1d | nn.Conv2d | nn.Linear) -> None:
    nn.init.orthogonal_(layer.weight)
    if layer.bias is not None:
        nn.init.zeros_(layer.bias)


def _unit_variance(
    layer: nn.Conv1d | nn.Conv2d | nn.Linear, network: nn.Module, windows: Tensor, as_published: bool
) -> None:
    for round_number in range(MAX_ROUNDS):
        output = _output_of(layer, network, windows)
        std = float(output.std())
        if as_published and round_number == 0 and abs(std - 1) < STD_TOLERANCE:
            return
        if layer.bias is not None:
            layer.bias -= output.mean()
        # A layer whose output does not vary at all cannot be scaled; weights of infinity would be worse.
        if abs(std - 1) < STD_TOLERANCE or std == 0:
            return
        layer.weight /= std


def _output_of(layer: nn.Module, network: Callable[[Tensor], Tensor], windows: Tensor) -> Tensor:
    caught: list[Tensor] = []
    hook = layer.register_forward_hook(lambda _layer, _input, output: caught.append(output))
    network(windows)
    hook.remove()
    return caught[0]
