"""The trunk of a `WholeHead` on OpenVINO: most of a verifier's work, in half the time that plain torch takes.

The rest of the network, medians above all, stays torch's: it is a few operations on small arrays.
"""

from typing import cast

import numpy as np
import torch
from torch import Tensor, nn

from models.engines.openvino_nodes import floats, integers, reshaped, rows
from models.engines.openvino_runtime import Graph, Node, compiled, op, ov
from models.networks.candidate_window import ROWS, WINDOW
from models.networks.whole_head import Trunk


class OpenVinoTrunk(nn.Module):
    """Does what `Trunk` does, one group after the other: a group has the same bits beside any number of others."""

    def __init__(self, trunk: Trunk) -> None:
        super().__init__()
        self._request = compiled(trunk_graph(trunk), "fp32").create_infer_request()
        self._rows = np.zeros((1, ROWS, WINDOW), np.float32)
        self._request.set_input_tensor(ov.Tensor(self._rows, shared_memory=True))

    def forward(self, groups: Tensor) -> Tensor:
        """Return the views (n, views * width) of groups (n, ROWS, WINDOW)."""
        views = []
        for group in groups.numpy():
            self._rows[0] = group
            self._request.infer(share_inputs=True)
            views.append(self._request.get_output_tensor(0).data.copy())
        return torch.from_numpy(np.concatenate(views))


def trunk_graph(trunk: Trunk) -> Graph:
    """Build the graph from a group (1, ROWS, WINDOW) to its views (1, views * width)."""
    samples = op.parameter([1, ROWS, WINDOW], np.float32)
    x = op.gelu(_convolved(trunk.first, samples), "erf")
    downs, deeps = (cast("list[nn.Conv1d]", layers) for layers in (trunk.down, trunk.deep))
    norms = cast("list[nn.GroupNorm]", trunk.norms)
    for layer, norm in zip(downs, norms[: len(downs)], strict=True):
        x = _norm_gelu(norm, _convolved(layer, x))
    for layer, norm in zip(deeps, norms[len(downs) :], strict=True):
        x = op.add(x, _norm_gelu(norm, _convolved(layer, x)))
    return ov.Model([op.result(op.concat(_views(trunk, x), 1))], [samples], "trunk")


def _views(trunk: Trunk, x: Node) -> list[Node]:
    """Cut and pool as the trunk does."""
    axis, (before, near, after) = integers([2]), trunk.parts(x.get_output_shape(0)[2])
    cut = [rows(x, part.start, part.stop, 2) for part in (before, near, after)]
    at = reshaped(rows(x, trunk.peak, trunk.peak + 1, 2), 1, -1)
    largest = [op.reduce_max(one, axis, keep_dims=False) for one in (cut[1], cut[0])]
    means = [op.reduce_mean(one, axis, keep_dims=False) for one in (cut[0], cut[2])]
    return [at, *largest, *means]


def _convolved(layer: nn.Conv1d, x: Node) -> Node:
    (stride,), (padding,), (dilation,) = layer.stride, cast("tuple[int]", layer.padding), layer.dilation
    geometry = [stride], [padding], [padding], [dilation]
    if layer.groups == 1:
        y = op.convolution(x, floats(layer.weight), *geometry)
    else:
        apart = layer.weight.reshape(layer.groups, -1, *layer.weight.shape[1:])
        y = op.group_convolution(x, floats(apart), *geometry)
    return op.add(y, floats(cast("Tensor", layer.bias)[:, None]))


def _norm_gelu(norm: nn.GroupNorm, x: Node) -> Node:
    _, width, samples = x.get_output_shape(0)
    by_group = op.mvn(
        reshaped(x, 1, norm.num_groups, -1),
        integers([2]),
        normalize_variance=True,
        eps=norm.eps,
        eps_mode="inside_sqrt",
    )
    y = op.multiply(reshaped(by_group, 1, width, samples), floats(norm.weight[:, None]))
    return op.gelu(op.add(y, floats(norm.bias[:, None])), "erf")
