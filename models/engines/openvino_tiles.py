"""A dilated convolution as nodes of an OpenVINO graph, by the short convolutions of `models.engines.winograd`."""

import numpy as np
from torch import Tensor

from models.engines import winograd
from models.engines.openvino_nodes import floats, reshaped, rows
from models.engines.openvino_runtime import Node, op


class Tiles:
    """Convolves (n, samples, channels), zeros beyond either end, to (n, samples, features).

    Sample `s` of phase `p` in tile `q` is sample (q * tile + p) * dilation + s. Outputs of a tile lie a dilation apart,
    and so do their inputs: the tile's own phases, the last one before them and the first one after them.

    Parameters
    ----------
    weight
        (features, channels, KERNEL).
    dilation
        Samples between taps.
    samples
        Of the input, and of the output.
    """

    def __init__(self, weight: Tensor, dilation: int, samples: int) -> None:
        self._samples, self._dilation = samples, dilation
        self._tile = winograd.tile_for(samples, dilation)
        self._tiles = winograd.tiles(samples, dilation, self._tile)
        self._before, taps_to, self._after = winograd.transforms(self._tile)
        # In double: transforms divide by small whole numbers, and this is done once.
        taps = weight.detach().double().cpu().numpy()
        self._weights = np.einsum("pk,ock->pco", taps_to, taps)

    def convolve(self, x: Node) -> Node:
        """Add the convolution of a node."""
        inputs = self._inputs(x)
        products = [
            op.matmul(_combined(row, inputs), floats(weight), transpose_a=False, transpose_b=False)
            for row, weight in zip(self._before, self._weights, strict=True)
        ]
        return self._joined([_combined(row, products) for row in self._after])

    def _inputs(self, x: Node) -> list[Node]:
        """Cut into what the products combine: (n, tiles * dilation, channels), as many as there are products."""
        n, _, channels = x.get_output_shape(0)
        whole = self._tiles * self._tile * self._dilation
        # The last tile may reach past the end: there lie the zeros that a padded convolution would see.
        if whole > self._samples:
            x = op.concat([x, floats(np.zeros((n, whole - self._samples, channels)))], 1)
        apart = reshaped(x, n, self._tiles, self._tile, self._dilation, channels)
        phases = [reshaped(rows(apart, p, p + 1, 2), n, -1, channels) for p in range(self._tile)]
        edge, length = floats(np.zeros((n, self._dilation, channels))), self._tiles * self._dilation
        before = rows(op.concat([edge, phases[-1]], 1), 0, length)
        after = rows(op.concat([phases[0], edge], 1), self._dilation, self._dilation + length)
        return [before, *phases, after]

    def _joined(self, phases: list[Node]) -> Node:
        n, _, features = phases[0].get_output_shape(0)
        apart = op.concat([reshaped(x, n, self._tiles, 1, self._dilation, features) for x in phases], 2)
        return rows(reshaped(apart, n, -1, features), 0, self._samples)


def _combined(coefficients: winograd.Matrix, terms: list[Node]) -> Node:
    """Sum of terms times small whole numbers; zeros cost nothing, ones no product."""
    parts = [
        term if coefficient == 1 else op.multiply(term, floats(float(coefficient)))
        for coefficient, term in zip(coefficients, terms, strict=True)
        if coefficient
    ]
    combined = parts[0]
    for part in parts[1:]:
        combined = op.add(combined, part)
    return combined
