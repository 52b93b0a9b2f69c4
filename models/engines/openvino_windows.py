"""SC, `models.networks.sc`, as an OpenVINO graph from windows to features' maxima and their places.

Narrow networks are built as torch has them, (windows, features, samples), with OpenVINO's convolutions. Wide ones lie
the other way round and convolve in tiles (`models.engines.openvino_tiles`): at the paper's width a window takes three
quarters as long. Below WIDE the additions cost what the products save; in bfloat16, where products cost little and
additions round, they cost more. Weights are shared with the torch network until a graph is compiled.
"""

from typing import Protocol, cast

import numpy as np
from torch import nn

from models.engines.engine import Precision
from models.engines.openvino_nodes import floats, integers, mean, places, pooled, rows, swap, total
from models.engines.openvino_runtime import Graph, Node, op, ov
from models.engines.openvino_tiles import Tiles
from models.networks.sc import SC, STD_FLOOR, Block, newest_hops

# Features; measured: at 96 both take the same time, at 128 Winograd's takes 0.8 to 0.9 of it.
WIDE = 128


def is_wide(network: SC) -> bool:
    """Whether a network's windows are scored one by one: a few of them no longer fit a core's cache."""
    return network.head.in_features >= WIDE


def window_graph(network: SC, windows: int, precision: Precision) -> Graph:
    """Build the graph from windows to features' maxima and places, (windows, SPANS, width), float32 and int32."""
    samples = op.parameter([windows, network.channels, network.window_samples], np.float32)
    # In bf16 products cost little and the additions of tiles round more.
    tiled = is_wide(network) and precision == "fp32"
    layers: _Layers = _SamplesFirst(network.window_samples) if tiled else _FeaturesFirst()
    x = _features(network, layers, normalised(samples, per_row=network.variant == "official"))
    looks = [_look(x, newest, layers.time_axis) for newest in (network.window_samples, _third(network))]
    found = (op.concat(list(nodes), 1) for nodes in zip(*looks, strict=True))
    return ov.Model([op.result(node) for node in found], [samples], "windows")


def _third(network: SC) -> int:
    return newest_hops(network.window_samples, 1)


def _look(maps: Node, newest: int, time_axis: int) -> tuple[Node, Node]:
    """Pool the newest samples: maxima and places, (windows, 1, width) both."""
    samples = maps.get_output_shape(0)[time_axis]
    shape = [-1 if axis == time_axis else 1 for axis in range(3)]
    found = pooled(rows(maps, samples - newest, samples, time_axis), places(newest, shape, samples - newest), time_axis)
    maxima, where = (node if time_axis == 1 else swap(node) for node in found)
    return maxima, where


class _Layers(Protocol):
    """How maps lie, and what convolves and normalises them there."""

    time_axis: int

    def enter(self, x: Node) -> Node: ...
    def convolve(self, layer: nn.Conv1d, x: Node) -> Node: ...
    def norm_relu(self, norm: nn.LayerNorm, x: Node) -> Node: ...


def _features(network: SC, layers: _Layers, x: Node) -> Node:
    """Windows as torch has them to the maps of the last block."""
    if isinstance(network.first, nn.Conv1d):
        x = _plain_convolution(network.first, x)
    x = layers.enter(x)
    for block in cast("list[Block]", network.blocks):
        y = layers.convolve(block.conv1, layers.norm_relu(block.norm1, x))
        y = layers.convolve(block.conv2, layers.norm_relu(block.norm2, y))
        x = op.add(layers.convolve(block.shortcut, x) if isinstance(block.shortcut, nn.Conv1d) else x, y)
    return layers.norm_relu(network.last, x) if isinstance(network.last, nn.LayerNorm) else x


class _FeaturesFirst:
    """Maps (windows, features, samples)."""

    time_axis = 2

    def enter(self, x: Node) -> Node:
        return x

    def convolve(self, layer: nn.Conv1d, x: Node) -> Node:
        return _plain_convolution(layer, x)

    def norm_relu(self, norm: nn.LayerNorm, x: Node) -> Node:
        y = op.mvn(x, integers([-1]), normalize_variance=True, eps=norm.eps, eps_mode="inside_sqrt")
        return op.relu(op.add(op.multiply(y, floats(norm.weight)), floats(norm.bias)))


class _SamplesFirst:
    """Maps (windows, samples, features)."""

    time_axis = 1

    def __init__(self, window_samples: int) -> None:
        self._samples = window_samples

    def enter(self, x: Node) -> Node:
        return swap(x)

    def convolve(self, layer: nn.Conv1d, x: Node) -> Node:
        (dilation,) = layer.dilation
        # A kernel of one tap (the official variant's shortcut) has nothing to tile: it is a product.
        if layer.kernel_size == (1,):
            return op.matmul(x, floats(layer.weight[:, :, 0]), transpose_a=False, transpose_b=True)
        return Tiles(layer.weight, dilation, self._samples).convolve(x)

    def norm_relu(self, norm: nn.LayerNorm, x: Node) -> Node:
        centred = op.subtract(x, mean(x, 1))
        variance = mean(op.multiply(centred, centred), 1)
        y = op.multiply(centred, op.divide(floats(1), op.sqrt(op.add(variance, floats(norm.eps)))))
        return op.relu(op.add(op.multiply(y, floats(norm.weight[:, None])), floats(norm.bias[:, None])))


def normalised(windows: Node, *, per_row: bool = False) -> Node:
    """`models.networks.sc.normalise`."""
    centred = op.subtract(windows, mean(windows, 2))
    if per_row:
        own = op.sqrt(mean(op.multiply(centred, centred), 2))
        return op.divide(centred, op.maximum(own, floats(STD_FLOOR)))
    # As in the network: a missing derivation is a row of zeros and does not count.
    nonzero = op.convert(op.not_equal(windows, floats(0)), np.float32)
    present = op.reduce_max(nonzero, integers([2]), keep_dims=True)
    power = mean(op.multiply(centred, centred), 2)
    counted = op.maximum(total(present, 1), floats(1))
    deviation = op.sqrt(op.divide(total(op.multiply(power, present), 1), counted))
    return op.divide(op.multiply(centred, present), op.maximum(deviation, floats(STD_FLOOR)))


def _plain_convolution(layer: nn.Conv1d, x: Node) -> Node:
    pads = [int(pad) for pad in layer.padding]
    return op.convolution(x, floats(layer.weight), [1], pads, pads, list(layer.dilation))
