"""Magnitudes of short Fourier transforms, as networks of images take EEG."""

from dataclasses import dataclass
from typing import Final

import torch
from torch import Tensor
from torch.nn import functional

# Samples at 500 Hz: vepiset/vepiset_dataset and vepiset/vEpiNetV2, `base_trainer`.
SEGMENT, HOP = 256, 16
# The ends are mirrored by half a segment, which must be shorter than the window.
SHORTEST: Final = SEGMENT // 2 + 1
# So many rows at once fit into a processor's cache; all of a batch would need gigabytes.
ROWS_AT_ONCE: Final = 32


@dataclass(frozen=True, slots=True)
class Transform:
    """Turns windows (n, channels, samples) into images (n, channels, segment // 2 + 1, 1 + samples // hop).

    Raises
    ------
    ValueError
        where segments (samples, even) every `hop` samples do not fit windows of `window_samples`
    """

    window_samples: int
    segment: int = SEGMENT
    hop: int = HOP
    logarithms: int = 0

    def __post_init__(self) -> None:
        if self.segment < 2 or self.segment % 2 or self.hop < 1:
            raise ValueError(
                f"segment {self.segment}, hop {self.hop}: give an even number of samples, and a step of 1 or more"
            )
        if self.segment // 2 >= self.window_samples:
            raise ValueError(
                f"segment {self.segment}: windows of {self.window_samples} samples can be mirrored by less than that"
            )

    def __call__(self, windows: Tensor) -> Tensor:
        """Return magnitudes, or logarithms of one more than each."""
        found = magnitudes(windows, self.segment, self.hop)
        return found.log1p() if self.logarithms else found


def magnitudes(windows: Tensor, segment: int = SEGMENT, hop: int = HOP) -> Tensor:
    """(n, channels, samples) to (n, channels, segment // 2 + 1, 1 + samples // hop): Hann windows, ends mirrored.

    On a processor this is a fast Fourier transform, elsewhere and in exported graphs `by_products`, whose operations
    every engine has.
    """
    n, channels, _ = windows.shape
    # In float32 also under autocast: sums of 256 products lose their last digits in bfloat16.
    flat = functional.pad(windows.flatten(0, 1).float()[:, None], (segment // 2, segment // 2), mode="reflect")
    fast = flat.device.type == "cpu" and not torch.compiler.is_compiling()
    with torch.autocast(flat.device.type, enabled=False):
        found = _by_fft(flat[:, 0], segment, hop) if fast else by_products(flat, segment, hop)
    images = found.reshape(n, channels, segment // 2 + 1, -1)
    # With colours innermost a training step of narrow networks takes a processor half as long.
    return images.contiguous(memory_format=torch.channels_last) if fast else images


def _by_fft(rows: Tensor, segment: int, hop: int) -> Tensor:
    hann = torch.hann_window(segment)
    found = []
    for first in range(0, len(rows), ROWS_AT_ONCE):
        segments = rows[first : first + ROWS_AT_ONCE].unfold(1, segment, hop)
        found.append(torch.fft.rfft(segments * hann).abs())
    return torch.cat(found).transpose(1, 2)


def by_products(rows: Tensor, segment: int, hop: int) -> Tensor:
    """Return the magnitudes (rows, bins, columns) of mirrored rows (rows, 1, samples) by sines and cosines."""
    waves = _waves(segment).to(rows.device)
    real, imaginary = functional.conv1d(rows, waves, stride=hop).chunk(2, dim=1)
    # No gradient flows back to samples, so the root at 0 does no harm.
    return (real.square() + imaginary.square()).sqrt()


def _waves(segment: int) -> Tensor:
    """Return cosines, then sines of every frequency under a Hann window: (segment + 2, 1, segment)."""
    # Whole turns are taken off while numbers are whole: float32 has few digits left for an angle of hundreds.
    steps = torch.arange(segment // 2 + 1)[:, None] * torch.arange(segment) % segment
    angles = 2 * torch.pi / segment * steps
    hann = torch.hann_window(segment)
    return torch.cat([hann * torch.cos(angles), hann * torch.sin(angles)])[:, None]
