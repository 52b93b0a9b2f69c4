"""Streaming SC, `models.networks.sc_stream`, as an OpenVINO graph of one hop that carries its own past.

It ends with each feature's maxima and their places, of both looks at the window. Samples come before features, as in
the network. Convolutions as products of taps laid side by side were no faster, whatever the dilation.
"""

from typing import cast

import numpy as np

from models.engines.openvino_nodes import TO_THE_END, floats, places, pooled, rows, swap, total
from models.engines.openvino_runtime import Graph, Node, op, stateful
from models.networks.sc import KERNEL, STD_FLOOR, newest_hops
from models.networks.sc_stream import CausalBlock, CausalConvolution, FeatureNorm, StreamSC


def stream_graph(network: StreamSC, groups: int, hop_samples: int) -> Graph:
    """Build the graph from a hop (groups, channels, hop) to its window's maxima and places, (groups, SPANS, width)."""
    return _StreamGraph(network, groups, hop_samples).build()


class _StreamGraph:
    """Builds the graph of one hop."""

    def __init__(self, network: StreamSC, groups: int, hop_samples: int) -> None:
        self._network, self._groups, self._hop = network, groups, hop_samples
        self._carried: dict[str, tuple[Node, Node]] = {}

    def build(self) -> Graph:
        """Build it."""
        network = self._network
        samples = op.parameter([self._groups, network.channels, self._hop], np.float32)
        x = self._causal(network.first, self._scaled(swap(samples)), "first")
        for depth, block in enumerate(cast("list[CausalBlock]", network.blocks)):
            y = self._causal(block.conv1, _norm_relu(block.norm1, x), f"{depth}.1")
            y = self._causal(block.conv2, _norm_relu(block.norm2, y), f"{depth}.2")
            x = op.add(x, y)
        found = self._looked(_norm_relu(network.last, x))
        return stateful([op.result(node) for node in found], [samples], self._carried)

    def _past(self, name: str, samples: int, x: Node, kind: type = np.float32) -> Node:
        """Put what was carried, (groups, samples, features), before what is new, and carry the newest on."""
        before = op.parameter([self._groups, samples, x.get_output_shape(0)[2]], kind)
        both = op.concat([before, x], 1)
        self._carried[name] = before, op.result(rows(both, -samples, TO_THE_END))
        return both

    def _scaled(self, x: Node) -> Node:
        """`RunningScale`: every sum over the boxcar is taken afresh, all of them as one product with a band of ones."""
        scale = self._network.scale
        both = self._past("scale", scale.context_samples, x)
        width = scale.context_samples + self._hop
        # Row i has ones over the samples that output i looks back on: the boxcar sums of a hop are one product.
        band = np.tri(self._hop, width, scale.context_samples) - np.tri(self._hop, width, -1)
        power = op.matmul(floats(band[None]), op.multiply(both, both), transpose_a=False, transpose_b=False)
        rms = op.sqrt(op.divide(total(power, 2), op.multiply(_present(power), floats(scale.samples))))
        return op.divide(x, op.maximum(rms, floats(STD_FLOOR)))

    def _causal(self, layer: CausalConvolution, x: Node, name: str) -> Node:
        both = self._past(name, layer.context_samples, x)
        # Torch's side keeps the taps side by side; a convolution wants them as its kernel.
        taps = layer.weight.unflatten(1, (KERNEL, layer.channels)).transpose(1, 2)  # type: ignore[no-untyped-call]
        return swap(op.convolution(swap(both), floats(taps), [1], [0], [0], [layer.dilation]))

    def _looked(self, maps: Node) -> tuple[Node, Node]:
        """Maxima and places of the new hop join those of the window's other hops, which are looked at twice."""
        window = self._network.window_samples
        hops, newest = window // self._hop, newest_hops(window, self._hop)
        maxima, where = pooled(maps, places(self._hop, (1, -1, 1)), axis=1)
        # Where a hop is the whole window there is nothing to carry.
        if hops > 1:
            maxima, where = self._past("maxima", hops - 1, maxima), self._past("places", hops - 1, where, np.int32)
        where = op.add(where, places(hops, (1, -1, 1), step=self._hop))
        looks = [pooled(rows(maxima, at, hops), rows(where, at, hops), axis=1) for at in (0, hops - newest)]
        both_maxima, both_places = (op.concat(list(nodes), 1) for nodes in zip(*looks, strict=True))
        return both_maxima, both_places


def _present(power: Node) -> Node:
    """Count the derivations that are not zero throughout, at least one."""
    return op.maximum(total(op.convert(op.greater(power, floats(0)), np.float32), 2), floats(1))


def _norm_relu(norm: FeatureNorm, x: Node) -> Node:
    """Normalise features by constants."""
    # Multiplied and added, not folded into the convolution behind: ReLU lies between.
    scale, shift = norm.constants()
    return op.relu(op.add(op.multiply(x, floats(scale)), floats(shift)))
