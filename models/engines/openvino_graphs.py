"""The networks of `models.sc` and `models.sc_stream` as OpenVINO graphs, built from its operations.

Both end with each feature's maximum over the window and its place; `models.engines.readout` makes answers of those.
Weights are shared with the torch network they are built from only until compiled.
"""

from collections.abc import Sequence
from typing import Any, cast

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from models.engines.openvino_runtime import Graph, Node, op, ov, stateful
from models.sc import KERNEL, SC, STD_FLOOR, Block
from models.sc_stream import CausalBlock, CausalConvolution, FeatureNorm, StreamSC

TO_THE_END = 2**31 - 1


def window_graph(network: SC, windows: int) -> Graph:
    """Take (windows, channels, window samples) to maxima and places, (windows, width) both, float32 and int32."""
    samples = op.parameter([windows, network.channels, network.window_samples], np.float32)
    x = _normalised(samples)
    if isinstance(network.first, nn.Conv1d):
        x = _convolution(network.first, x)
    for block in cast("list[Block]", network.blocks):
        x = _block(block, x)
    if isinstance(network.last, nn.LayerNorm):
        x = _norm_relu(network.last, x)
    pooled, where = _pool(x, _places(network.window_samples, (1, 1, -1)), axis=2)
    return ov.Model([op.result(_squeeze(node, 2)) for node in (pooled, where)], [samples], "windows")


def stream_graph(network: StreamSC, groups: int, hop_samples: int) -> Graph:
    """Take (groups, channels, hop) to maxima and places over the window that ends with it, (groups, width) both."""
    return _StreamGraph(network, groups, hop_samples).build()


class _StreamGraph:
    """Builds the graph of one hop; samples come before features, as in the network."""

    def __init__(self, network: StreamSC, groups: int, hop_samples: int) -> None:
        self._network, self._groups, self._hop = network, groups, hop_samples
        self._carried: dict[str, tuple[Node, Node]] = {}

    def build(self) -> Graph:
        """Build it."""
        network = self._network
        samples = op.parameter([self._groups, network.channels, self._hop], np.float32)
        x = self._causal(network.first, self._scaled(_swap(samples)), "first")
        for depth, block in enumerate(cast("list[CausalBlock]", network.blocks)):
            y = self._causal(block.conv1, _norm_relu(block.norm1, x), f"{depth}.1")
            y = self._causal(block.conv2, _norm_relu(block.norm2, y), f"{depth}.2")
            x = op.add(x, y)
        pooled, where = self._pooled(_norm_relu(network.last, x))
        return stateful([op.result(_squeeze(node, 1)) for node in (pooled, where)], [samples], self._carried)

    def _past(self, name: str, samples: int, x: Node, kind: type = np.float32) -> Node:
        """Put what was carried, (groups, samples, features), before what is new, and carry the newest on."""
        before = op.parameter([self._groups, samples, x.get_output_shape(0)[2]], kind)
        both = op.concat([before, x], 1)
        self._carried[name] = before, op.result(_rows(both, -samples, TO_THE_END))
        return both

    def _scaled(self, x: Node) -> Node:
        """`RunningScale`: every sum over the boxcar is taken afresh, all of them as one product with a band of ones."""
        scale = self._network.scale
        both = self._past("scale", scale.context_samples, x)
        width = scale.context_samples + self._hop
        band = np.tri(self._hop, width, scale.context_samples) - np.tri(self._hop, width, -1)
        power = op.matmul(_floats(band[None]), op.multiply(both, both), transpose_a=False, transpose_b=False)
        rms = op.sqrt(op.divide(_sum(power, 2), op.multiply(_present(power, 2), _floats(scale.samples))))
        return op.divide(x, op.maximum(rms, _floats(STD_FLOOR)))

    def _causal(self, layer: CausalConvolution, x: Node, name: str) -> Node:
        both = self._past(name, layer.context_samples, x)
        taps = layer.weight.unflatten(1, (KERNEL, layer.channels)).transpose(1, 2)  # type: ignore[no-untyped-call]
        convolved = op.convolution(_swap(both), _floats(taps), [1], [0], [0], [layer.dilation])
        return _swap(convolved)

    def _pooled(self, maps: Node) -> tuple[Node, Node]:
        """Maxima and places of the new hop join those of the window's other hops."""
        hops = self._network.window_samples // self._hop
        maxima, places = _pool(maps, _places(self._hop, (1, -1, 1)), axis=1)
        if hops > 1:
            maxima, places = self._past("maxima", hops - 1, maxima), self._past("places", hops - 1, places, np.int32)
        return _pool(maxima, op.add(places, _places(hops, (1, -1, 1), step=self._hop)), axis=1)


def _block(block: Block, x: Node) -> Node:
    y = _convolution(block.conv1, _norm_relu(block.norm1, x))
    y = _convolution(block.conv2, _norm_relu(block.norm2, y))
    return op.add(_convolution(block.shortcut, x) if isinstance(block.shortcut, nn.Conv1d) else x, y)


def _normalised(windows: Node) -> Node:
    """`models.sc.normalise`."""
    centred = op.subtract(windows, op.reduce_mean(windows, _integers([2]), keep_dims=True))
    nonzero = op.convert(op.not_equal(windows, _floats(0)), np.float32)
    present = op.reduce_max(nonzero, _integers([2]), keep_dims=True)
    power = op.reduce_mean(op.multiply(centred, centred), _integers([2]), keep_dims=True)
    rows = op.maximum(_sum(present, 1), _floats(1))
    deviation = op.sqrt(op.divide(_sum(op.multiply(power, present), 1), rows))
    return op.divide(op.multiply(centred, present), op.maximum(deviation, _floats(STD_FLOOR)))


def _present(power: Node, axis: int) -> Node:
    """Count the rows that are not zero throughout, at least one."""
    return op.maximum(_sum(op.convert(op.greater(power, _floats(0)), np.float32), axis), _floats(1))


def _convolution(layer: nn.Conv1d, x: Node) -> Node:
    pads = [int(pad) for pad in layer.padding]
    return op.convolution(x, _floats(layer.weight), [1], pads, pads, list(layer.dilation))


def _norm_relu(norm: nn.LayerNorm | FeatureNorm, x: Node) -> Node:
    """Normalise the last axis: time, by its own statistics, or features, by constants."""
    if isinstance(norm, FeatureNorm):
        scale, shift = norm.constants()
        return op.relu(op.add(op.multiply(x, _floats(scale)), _floats(shift)))
    y = op.mvn(x, _integers([-1]), normalize_variance=True, eps=norm.eps, eps_mode="inside_sqrt")
    return op.relu(op.add(op.multiply(y, _floats(norm.weight)), _floats(norm.bias)))


def _pool(values: Node, places: Node, axis: int) -> tuple[Node, Node]:
    """Maxima along an axis, and the first place of each; several times as fast as OpenVINO's TopK."""
    maxima = op.reduce_max(values, _integers([axis]), keep_dims=True)
    beyond = op.constant(np.array(TO_THE_END >> 1, np.int32))
    where = op.select(op.equal(values, maxima), places, beyond)
    return maxima, op.reduce_min(where, _integers([axis]), keep_dims=True)


def _places(count: int, shape: Sequence[int], step: int = 1) -> Node:
    return op.constant((np.arange(count, dtype=np.int32) * step).reshape(shape))


def _rows(x: Node, start: int, end: int) -> Node:
    return op.slice(x, *(_integers([at]) for at in (start, end, 1, 1)))


def _sum(x: Node, axis: int) -> Node:
    return op.reduce_sum(x, _integers([axis]), keep_dims=True)


def _swap(x: Node) -> Node:
    """(n, samples, features) and (n, features, samples) into each other."""
    return op.transpose(x, _integers([0, 2, 1]))


def _squeeze(x: Node, axis: int) -> Node:
    return op.squeeze(x, _integers([axis]))


def _integers(values: Sequence[int]) -> Node:
    return op.constant(np.array(values, np.int64))


def _floats(values: Tensor | NDArray[np.floating[Any]] | float) -> Node:
    given = values.detach().cpu().numpy() if isinstance(values, torch.Tensor) else values
    return op.constant(np.ascontiguousarray(given, np.float32).reshape(np.shape(given)))
