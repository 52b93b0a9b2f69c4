"""Magnitudes of short Fourier transforms are those of a transform by hand."""

import numpy as np
import pytest
import torch
from torch.nn import functional

from models.networks.spectrogram import HOP, ROWS_AT_ONCE, SEGMENT, Transform, by_products, magnitudes


def test_magnitudes_equal_a_transform_by_hand() -> None:
    """Every segment times a periodic Hann window, the ends mirrored without their last sample."""
    windows = torch.randn(2, 3, 200, generator=torch.Generator().manual_seed(0))
    found = magnitudes(windows)
    assert found.shape == (2, 3, SEGMENT // 2 + 1, 1 + 200 // HOP)
    mirrored = np.pad(windows.numpy().astype(np.float64), ((0, 0), (0, 0), (SEGMENT // 2,) * 2), "reflect")
    hann = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(SEGMENT) / SEGMENT)
    for column in (0, 5, 12):
        segment = mirrored[:, :, column * HOP : column * HOP + SEGMENT] * hann
        np.testing.assert_allclose(found[..., column].numpy(), np.abs(np.fft.rfft(segment)), rtol=1e-3, atol=1e-3)


@pytest.mark.parametrize(("segment", "hop"), [(256, 16), (64, 4), (64, 7)])
def test_the_fast_transform_equals_the_products_that_engines_run(segment: int, hop: int) -> None:
    """More rows than are taken at once; a silent row stays silent in both."""
    windows = 40 * torch.randn(3, ROWS_AT_ONCE // 2, 300, generator=torch.Generator().manual_seed(1))
    windows[1, 2] = 0
    half = segment // 2
    mirrored = functional.pad(windows.flatten(0, 1)[:, None], (half, half), mode="reflect")
    slow = by_products(mirrored, segment, hop)
    fast = magnitudes(windows, segment, hop)
    assert fast.shape == (3, ROWS_AT_ONCE // 2, half + 1, 1 + 300 // hop)
    torch.testing.assert_close(fast.flatten(0, 1), slow, rtol=1e-5, atol=1e-3)
    assert not fast[1, 2].any()


def test_an_exported_graph_has_no_transform_that_an_engine_may_lack() -> None:
    """It computes the same by convolution."""

    class Magnitudes(torch.nn.Module):
        def forward(self, windows: torch.Tensor) -> torch.Tensor:
            return magnitudes(windows)

    windows = torch.randn(2, 3, 200, generator=torch.Generator().manual_seed(2))
    exported = torch.export.export(Magnitudes(), (windows,))
    graphs = [module.graph for module in exported.graph_module.modules() if isinstance(module, torch.fx.GraphModule)]
    called = {str(node.target) for graph in graphs for node in graph.nodes}
    assert any("conv1d" in name for name in called)
    assert not any("fft" in name for name in called)
    torch.testing.assert_close(exported.module()(windows), magnitudes(windows), rtol=1e-4, atol=1e-3)


@pytest.mark.parametrize(("segment", "hop", "said"), [(7, 2, "even"), (64, 0, "step of 1"), (400, 8, "mirrored")])
def test_a_transform_that_does_not_fit_is_refused(segment: int, hop: int, said: str) -> None:
    """Before a training begins."""
    with pytest.raises(ValueError, match=said):
        Transform(200, segment, hop)


def test_logarithms_are_of_one_more() -> None:
    """Of all magnitudes, so that silence stays 0."""
    windows = torch.randn(1, 2, 200, generator=torch.Generator().manual_seed(3))
    plain, logarithms = Transform(200, 64, 8)(windows), Transform(200, 64, 8, 1)(windows)
    torch.testing.assert_close(logarithms, torch.log(1 + plain))
