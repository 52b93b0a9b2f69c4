"""The few nodes that both kinds of OpenVINO graph are made of."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from models.engines.openvino_runtime import Node, op

# As the end of a slice: OpenVINO clamps it to the axis.
TO_THE_END = 2**31 - 1


def floats(values: Tensor | NDArray[np.floating[Any]] | float) -> Node:
    """Return a constant, float32."""
    # Shared with torch, not copied, until the graph is compiled.
    given = values.detach().cpu().numpy() if isinstance(values, torch.Tensor) else values
    return op.constant(np.ascontiguousarray(given, np.float32).reshape(np.shape(given)))


def integers(values: Sequence[int]) -> Node:
    """Return a constant, int64: axes, shapes, bounds."""
    return op.constant(np.array(values, np.int64))


def total(x: Node, axis: int) -> Node:
    """Sum along an axis, which stays."""
    return op.reduce_sum(x, integers([axis]), keep_dims=True)


def mean(x: Node, axis: int) -> Node:
    """Average along an axis, which stays."""
    return op.reduce_mean(x, integers([axis]), keep_dims=True)


def swap(x: Node) -> Node:
    """(n, samples, features) and (n, features, samples) into each other."""
    return op.transpose(x, integers([0, 2, 1]))


def rows(x: Node, start: int, end: int, axis: int = 1) -> Node:
    """Cut [start, end) out of an axis."""
    return op.slice(x, *(integers([at]) for at in (start, end, 1, axis)))


def reshaped(x: Node, *shape: int) -> Node:
    """Read the same numbers in another shape."""
    return op.reshape(x, integers(shape), special_zero=False)


def pooled(values: Node, places: Node, axis: int) -> tuple[Node, Node]:
    """Maxima along an axis, and the first place of each; several times as fast as OpenVINO's TopK."""
    maxima = op.reduce_max(values, integers([axis]), keep_dims=True)
    # Larger than any place, and far enough from the end of int32 that adding to it cannot wrap around.
    beyond = op.constant(np.array(TO_THE_END >> 1, np.int32))
    where = op.select(op.equal(values, maxima), places, beyond)
    return maxima, op.reduce_min(where, integers([axis]), keep_dims=True)


def places(count: int, shape: Sequence[int], start: int = 0, step: int = 1) -> Node:
    """Return the constant start, start + step, ..., int32."""
    return op.constant((start + np.arange(count, dtype=np.int32) * step).reshape(shape))
