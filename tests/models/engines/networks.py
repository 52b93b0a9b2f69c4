"""Small random networks and signals for the tests of engines."""

import dataclasses
from typing import TypeVar

import numpy as np
import torch
from torch import nn

from models.engines.engine import Floats
from models.networks.sc import SC, Variant
from models.networks.sc_stream import StreamSC
from models.zoo.manifest import OperatingPoint
from models.zoo.store import LoadedModel
from tests.models.zoo.test_store import PARAMETERS, a_manifest

N = TypeVar("N", bound=nn.Module)

# Of the streaming network, samples.
WINDOW, CONTEXT, NEEDED = 48, 61, 109


def window_network(variant: Variant = "paper") -> SC:
    """Build an SC of two blocks that no norm leaves as it is."""
    torch.manual_seed(4)
    return _stirred(SC(**PARAMETERS, variant=variant))


def wide_network(window_samples: int, variant: Variant = "paper") -> SC:
    """Build an SC wide enough for tiles, with dilations of 1 to 8."""
    torch.manual_seed(6)
    network = SC(5, window_samples, 128, blocks=4, variant=variant)
    for norm in (module for module in network.modules() if isinstance(module, nn.LayerNorm)):
        nn.init.normal_(norm.weight, 1, 0.3)
        nn.init.normal_(norm.bias, 0, 0.3)
    nn.init.normal_(network.head.weight, 0, 0.2)
    return network.eval()


def stream_network() -> StreamSC:
    """Build a streaming SC of three blocks whose score depends on 61 samples before a window of 48."""
    torch.manual_seed(0)
    return _stirred(StreamSC(5, WINDOW, width=12, blocks=3, scale_samples=32))


def loaded(network: nn.Module, threshold: float = 0.5) -> LoadedModel:
    """Put a network with a manifest that fits."""
    # The record decides which engines may be tried, so the name must be right.
    architecture = "sc_stream" if isinstance(network, StreamSC) else "sc"
    points = {"default": OperatingPoint(threshold, "for tests")}
    return LoadedModel(network, dataclasses.replace(a_manifest(), architecture=architecture, operating_points=points))


def noise(*shape: int, seed: int = 5) -> Floats:
    """Draw noise, microvolts."""
    return np.random.default_rng(seed).normal(0, 30, shape).astype(np.float32)


def _stirred(network: N) -> N:
    # Fresh norms and heads are nearly the identity: an engine that left one out would still agree.
    for parameter in network.parameters():
        nn.init.normal_(parameter, 0.1, 0.3)
    for name, kept in network.named_buffers():
        if name.endswith(("running_mean", "running_var")):
            kept.uniform_(0.5, 2)
    return network.eval()
