"""Magnitudes of short Fourier transforms, as networks of images take EEG."""

from typing import Final

import torch
from torch import Tensor

# Samples at 500 Hz: vepiset/vepiset_dataset and vepiset/vEpiNetV2, `base_trainer`.
SEGMENT, HOP = 256, 16
BINS: Final = SEGMENT // 2 + 1
# The ends are mirrored by half a segment, which must be shorter than the window.
SHORTEST: Final = SEGMENT // 2 + 1


def magnitudes(windows: Tensor) -> Tensor:
    """(n, channels, samples) to (n, channels, BINS, 1 + samples // HOP): Hann windows, ends mirrored."""
    n, channels, _ = windows.shape
    # In float32 also under autocast: sums of 256 products lose their last digits in bfloat16.
    flat = windows.flatten(0, 1).float()
    hann = torch.hann_window(SEGMENT, device=flat.device)
    spectra = torch.stft(flat, SEGMENT, HOP, window=hann, center=True, pad_mode="reflect", return_complex=True)
    # No gradient flows back to samples, so the root at 0 does no harm.
    return spectra.abs().view(n, channels, BINS, -1)
