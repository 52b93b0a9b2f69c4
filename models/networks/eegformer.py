"""EEGformer (Wan et al. 2023), the nearest published model to the "EEGFormerNet" that Siamese-ES is compared with.

Three depthwise convolutions of ten samples give every channel some filters; a regional transformer looks from filter
to filter within a channel, a synchronous one from channel to channel within a filter, a temporal one from one tenth
of the window to the next; three 1x1 convolutions and one linear unit follow. Source, stated: Front. Neurosci.
17:1148855 (not the later foundation model of the same name): three pre-norm blocks each, MLPs four times as wide with
GELU, 120 filters, 10 parts; the unofficial repository FENRlR/EEGformer (MIT) for what the text leaves open.

Ours: softmax over attention scores, which that code lacks; learnt positions and a class token that is dropped again
where the code has fixed ones; `step` samples of the convolutions' output become one (their mean) and filters default
to 12, for a token of the temporal transformer is filters times channels long; ReLU behind the last convolution; input
made free of scale by `models.networks.sc.normalise`. Checked against: shapes, and attention written out
(test_eegformer.py).
"""

from typing import Final

import torch
from torch import Tensor, nn
from torch.nn import functional

from models.networks.sc import normalise

KERNEL: Final = 10
LOST: Final = 3 * (KERNEL - 1)  # samples, at the ends
RATIO: Final = 4
POSITIONS_STD: Final = 0.02


class Transformer(nn.Module):
    """A linear map, learnt positions, and pre-norm blocks over tokens (n, tokens, width)."""

    def __init__(self, tokens: int, width: int, blocks: int, heads: int, dropout: float) -> None:
        super().__init__()
        # The nearest number of heads that divides the width: windows come in many lengths.
        heads = next(count for count in range(min(heads, width), 0, -1) if width % count == 0)
        self.entry = nn.Linear(width, width)
        self.token = nn.Parameter(torch.zeros(1, 1, width))
        self.positions = nn.Parameter(torch.randn(1, tokens + 1, width) * POSITIONS_STD)
        self.layers = nn.ModuleList(
            nn.TransformerEncoderLayer(
                width, heads, RATIO * width, dropout, functional.gelu, batch_first=True, norm_first=True
            )
            for _ in range(blocks)
        )

    def forward(self, x: Tensor) -> Tensor:
        """Return tokens (n, tokens, width), the class token left out again."""
        x = torch.cat([self.token.expand(len(x), -1, -1), self.entry(x)], dim=1) + self.positions
        for layer in self.layers:
            x = layer(x)
        return x[:, 1:]


class EEGformer(nn.Module):
    """Scores windows of one group of derivations.

    Parameters
    ----------
    channels
        Derivations in a group.
    window_samples
        Window length; positions and linear maps have weights for each step of it, so it is fixed.
    filters
        Of each channel; 120 in the paper.
    parts
        Stretches of the window that the temporal transformer compares.
    blocks, heads
        Of each transformer; heads are fewer where they do not divide a width.
    step
        Samples that become one behind the convolutions; 1 in the paper.
    dropout
        Probability of dropping a value in training.
    """

    def __init__(
        self,
        channels: int = 19,
        window_samples: int = 500,
        filters: int = 12,
        parts: int = 10,
        blocks: int = 3,
        heads: int = 3,
        step: int = 4,
        dropout: float = 0.1,
    ) -> None:
        super().__init__()
        self.channels, self.window_samples, self.filters, self.step = channels, window_samples, filters, step
        steps = (window_samples - LOST) // step
        self.parts = min(parts, steps)
        if steps < 1:
            raise ValueError(f"a window of {window_samples} samples leaves no step of {step} behind the convolutions")
        widths = (channels, channels, channels, channels * filters)
        self.convolutions = nn.Sequential(
            *(nn.Conv1d(a, b, KERNEL, groups=channels) for a, b in zip(widths[:-1], widths[1:], strict=True))  # noqa: RUF007
        )
        self.regional = Transformer(filters, steps, blocks, heads, dropout)
        self.synchronous = Transformer(channels, steps, blocks, heads, dropout)
        self.temporal = Transformer(self.parts, channels * filters, blocks, heads, dropout)
        self.join_filters = nn.Conv1d(filters, 1, 1)
        self.join_channels = nn.Conv1d(channels, 2, 1)
        self.join_parts = nn.Conv1d(self.parts, max(1, self.parts // 2), 1)
        self.head = nn.Linear(2 * max(1, self.parts // 2), 1)

    def tokens(self, windows: Tensor) -> Tensor:
        """(n, channels, samples) in any unit to (n, channels, filters, steps)."""
        maps = functional.relu(self.convolutions(normalise(windows)))
        return functional.avg_pool1d(maps, self.step).view(len(maps), self.channels, self.filters, -1)

    def forward(self, windows: Tensor) -> Tensor:
        """(n, channels, samples) to logits (n,)."""
        x = self.tokens(windows)
        n = len(x)
        x = self.regional(x.flatten(0, 1)).unflatten(0, (n, self.channels))
        x = self.synchronous(x.transpose(1, 2).flatten(0, 1)).unflatten(0, (n, self.filters))
        # (n, filters, channels, steps): parts of equal length but for rounding, each its mean.
        parts = functional.adaptive_avg_pool1d(x.flatten(1, 2), self.parts).transpose(1, 2)
        x = self.temporal(parts).unflatten(2, (self.filters, self.channels)).flatten(0, 1)
        x = self.join_channels(self.join_filters(x).transpose(1, 2)).unflatten(0, (n, self.parts))
        logits: Tensor = self.head(self.join_parts(x.flatten(2)).flatten(1))
        return logits[:, 0]
