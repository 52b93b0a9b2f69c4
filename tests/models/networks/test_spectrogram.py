"""Magnitudes of short Fourier transforms are those of a transform by hand."""

import numpy as np
import torch

from models.networks.spectrogram import BINS, HOP, SEGMENT, magnitudes


def test_magnitudes_equal_a_transform_by_hand() -> None:
    """Every segment times a periodic Hann window, the ends mirrored without their last sample."""
    windows = torch.randn(2, 3, 200, generator=torch.Generator().manual_seed(0))
    found = magnitudes(windows)
    assert found.shape == (2, 3, BINS, 1 + 200 // HOP)
    mirrored = np.pad(windows.numpy().astype(np.float64), ((0, 0), (0, 0), (SEGMENT // 2,) * 2), "reflect")
    hann = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(SEGMENT) / SEGMENT)
    for column in (0, 5, 12):
        segment = mirrored[:, :, column * HOP : column * HOP + SEGMENT] * hann
        np.testing.assert_allclose(found[..., column].numpy(), np.abs(np.fft.rfft(segment)), rtol=1e-3, atol=1e-3)
