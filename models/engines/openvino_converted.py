"""Any network that scores whole windows as an OpenVINO graph, by OpenVINO's own converter.

Slower to open than the graphs built by hand (a second or two for each number of windows) and no faster than torch's
operations allow, but it asks nothing of a network beyond what `torch.export` can follow.
"""

from typing import cast

import torch
from torch import Tensor, nn

from models.engines.openvino_runtime import Graph, converted
from models.networks.contract import LocatingNetwork


class _Evidence(nn.Module):
    """`evidence` as a module of its own, places as int32: what the engine's buffers hold."""

    def __init__(self, network: LocatingNetwork) -> None:
        super().__init__()
        self.network = cast("nn.Module", network)

    def forward(self, windows: Tensor) -> tuple[Tensor, Tensor]:
        logits, peaks = cast("LocatingNetwork", self.network).evidence(windows)
        return logits, peaks.to(torch.int32)


def converted_graph(network: LocatingNetwork, windows: int) -> Graph:
    """Build the graph from windows to logits and peaks, (windows, spans), float32 and int32."""
    # Only its shape matters: export follows operations, not values.
    example = torch.zeros(windows, network.channels, network.context_samples + network.window_samples)
    return converted(_Evidence(network).eval(), example)
