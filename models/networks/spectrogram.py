"""Magnitudes of short Fourier transforms, as networks of images take EEG."""

from typing import Final

import torch
from torch import Tensor
from torch.nn import functional

# Samples at 500 Hz: vepiset/vepiset_dataset and vepiset/vEpiNetV2, `base_trainer`.
SEGMENT, HOP = 256, 16
BINS: Final = SEGMENT // 2 + 1
# The ends are mirrored by half a segment, which must be shorter than the window.
SHORTEST: Final = SEGMENT // 2 + 1


def magnitudes(windows: Tensor) -> Tensor:
    """(n, channels, samples) to (n, channels, BINS, 1 + samples // HOP): Hann windows, ends mirrored.

    By products with sines and cosines, which is `torch.stft` in operations that every engine has.
    """
    n, channels, _ = windows.shape
    # In float32 also under autocast: sums of 256 products lose their last digits in bfloat16.
    flat = functional.pad(windows.flatten(0, 1).float()[:, None], (SEGMENT // 2, SEGMENT // 2), mode="reflect")
    with torch.autocast(flat.device.type, enabled=False):
        real, imaginary = functional.conv1d(flat, _waves().to(flat.device), stride=HOP).chunk(2, dim=1)
    # No gradient flows back to samples, so the root at 0 does no harm.
    return (real.square() + imaginary.square()).sqrt().view(n, channels, BINS, -1)


def _waves() -> Tensor:
    """Return cosines, then sines of every frequency under a Hann window: (2 * BINS, 1, SEGMENT)."""
    angles = 2 * torch.pi / SEGMENT * torch.arange(BINS)[:, None] * torch.arange(SEGMENT)
    hann = torch.hann_window(SEGMENT)
    return torch.cat([hann * torch.cos(angles), hann * torch.sin(angles)])[:, None]
