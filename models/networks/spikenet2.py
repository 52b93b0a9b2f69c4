"""SpikeNet2's network, a residual network of 30 million numbers over one second.

A convolution (16 samples, stride 2, 64 maps), seven stages of pre-activation blocks (1x1, grouped convolution of 16
samples with 16 maps a group, 1x1, squeeze and excitation), each stage halving time, a mean over time, one linear
unit. Source, stated: Li et al. 2025; repository jiecui/SpikeNet2 (a fork), `sleeplib/Resnet_15/net1d.py` and
`config.py`; input divided by each channel's 95th percentile of magnitude. Re-implemented from these facts; no weights
of it are used (their licence excludes commercial use). 30,691,889 numbers for 37 channels, 128 of which are a norm of
the first block that nothing uses and that is left out here; 18 bipolar ones first and 19 average-referenced after
them: the other way round than SpikeNet.

Ours: any number of channels and samples; channels that swing too little or too far are not set to zero here, since
live conditioning has done so. Checked against: the parameter count (tests/models/networks/test_spikenet2.py).
"""

from typing import Final

import torch
from torch import Tensor, nn
from torch.nn import functional

from models.networks.sc import STD_FLOOR

KERNEL: Final = 16
GROUP: Final = 16  # maps that a grouped convolution sees at once
FIRST: Final = 64
WIDTHS: Final = (64, 160, 160, 400, 400, 1024, 1024)
BLOCKS: Final = (2, 2, 2, 3, 3, 4, 4)
SQUEEZE: Final = 2
PERCENTILE: Final = 0.95


def divided(windows: Tensor) -> Tensor:
    """Return windows (n, channels, samples), each row divided by the 95th percentile of its magnitudes."""
    return windows / torch.quantile(windows.abs(), PERCENTILE, dim=2, keepdim=True).clamp(min=STD_FLOOR)


class Same(nn.Conv1d):
    """A convolution padded so that ceil(samples / stride) are left, one more behind than before where it is odd."""

    def __init__(self, entering: int, width: int, kernel: int, stride: int = 1, groups: int = 1) -> None:
        super().__init__(entering, width, kernel, stride, groups=groups)

    def forward(self, x: Tensor) -> Tensor:
        """(n, entering, samples) to (n, width, ceil(samples / stride))."""
        return super().forward(_padded(x, self.kernel_size[0], self.stride[0]))


def _padded(x: Tensor, kernel: int, stride: int) -> Tensor:
    left_over = max(0, (-(-x.shape[2] // stride) - 1) * stride + kernel - x.shape[2])
    return functional.pad(x, (left_over // 2, left_over - left_over // 2))


class Block(nn.Module):
    """{norm, Swish, dropout, convolution} three times, squeeze and excitation, plus a shortcut without weights."""

    def __init__(self, entering: int, width: int, stride: int, dropout: float, *, first: bool) -> None:
        super().__init__()
        self.stride, self.more = stride, width - entering
        # The network's first block stands behind a norm and Swish already.
        self.before = nn.Identity() if first else _active(entering, dropout)
        self.widen = Same(entering, width, 1)
        self.middle = nn.Sequential(
            _active(width, dropout), Same(width, width, KERNEL, stride, width // GROUP), _active(width, dropout)
        )
        self.last = Same(width, width, 1)
        self.squeeze, self.excite = nn.Linear(width, width // SQUEEZE), nn.Linear(width // SQUEEZE, width)

    def forward(self, x: Tensor) -> Tensor:
        """(n, entering, samples) to (n, width, samples or half of them)."""
        y: Tensor = self.last(self.middle(self.widen(self.before(x))))
        weights: Tensor = self.excite(functional.silu(self.squeeze(y.mean(dim=2)))).sigmoid()
        short = functional.max_pool1d(_padded(x, self.stride, self.stride), self.stride)
        # Maps that the input lacks are zeros, half of them before its own.
        return y * weights[:, :, None] + functional.pad(short, (0, 0, self.more // 2, self.more - self.more // 2))


def _active(width: int, dropout: float) -> nn.Sequential:
    return nn.Sequential(nn.BatchNorm1d(width), nn.SiLU(), nn.Dropout(dropout))


class SpikeNet2(nn.Module):
    """Scores windows of one group of derivations.

    Parameters
    ----------
    channels
        Derivations in a group.
    window_samples
        Window length; no weight depends on it.
    dropout
        Probability of dropping a value in training, before each convolution of a block.
    """

    def __init__(self, channels: int = 37, window_samples: int = 128, dropout: float = 0.5) -> None:
        super().__init__()
        self.channels, self.window_samples = channels, window_samples
        self.first = nn.Sequential(Same(channels, FIRST, KERNEL, 2), nn.BatchNorm1d(FIRST), nn.SiLU())
        blocks, entering = list[Block](), FIRST
        for width, count in zip(WIDTHS, BLOCKS, strict=True):
            for place in range(count):
                blocks.append(Block(entering, width, 1 if place else 2, dropout, first=not blocks))
                entering = width
        self.blocks = nn.Sequential(*blocks)
        self.head = nn.Linear(entering, 1)

    def features(self, windows: Tensor) -> Tensor:
        """(n, channels, samples) in any unit to feature maps (n, 1024, a 256th of the samples)."""
        maps: Tensor = self.blocks(self.first(divided(windows)))
        return maps

    def forward(self, windows: Tensor) -> Tensor:
        """(n, channels, samples) to logits (n,)."""
        logits: Tensor = self.head(self.features(windows).mean(dim=2))
        return logits[:, 0]
