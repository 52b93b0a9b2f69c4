"""SpikeNet, the reference detector of the field: convolutions over time with one across all channels between them.

Two convolutions over time (8 samples, 32 maps), one across all channels (32 maps, which leaves one row), then five
over time (64, 64, 96, 96, 128 maps) with a maximum over four samples three times on the way; batch normalisation,
LeakyReLU and dropout 0.5 behind each stage, one linear unit at the end. Source, stated: Jing et al. 2020; the layer
table of repository shirleyweify/SpikeNet1: 317,889 trainable numbers for 37 channels and 128 samples. Re-implemented
from that table; no weights of it are used (their licence forbids derived works).

Ours: any number of channels and samples; input made free of scale by `models.networks.sc.normalise`, where the
original takes microvolts filtered above 0.5 Hz, 19 average-referenced channels first and 18 bipolar ones after them.
Checked against: the parameter count (tests/models/networks/test_spikenet.py).
"""

from typing import Final

from torch import Tensor, nn
from torch.nn import functional

from models.networks.sc import normalise

KERNEL, POOL = 8, 4
SLOPE: Final = 0.3
# Maps of the stages behind the first two, and whether a maximum follows.
STAGES: Final = ((64, False), (64, True), (96, False), (96, True), (128, False))
FIRST: Final = 32
SHORTEST: Final = POOL**3  # samples that leave one step behind three pools


class SpikeNet(nn.Module):
    """Scores windows of one group of derivations.

    Parameters
    ----------
    channels
        Derivations in a group; one convolution has a weight for each.
    window_samples
        Window length; the last unit has weights for each pooled sample, so it is fixed.
    dropout
        Probability of dropping a value behind each stage in training.
    """

    def __init__(self, channels: int = 37, window_samples: int = 128, dropout: float = 0.5) -> None:
        super().__init__()
        self.channels, self.window_samples = channels, window_samples
        self.begin = nn.Sequential(_over_time(1, FIRST), _over_time(FIRST, FIRST))
        self.across = nn.Conv2d(FIRST, FIRST, (1, channels), bias=False)
        entering = (FIRST, *(width for width, _ in STAGES[:-1]))
        self.convolutions = nn.ModuleList(_over_time(a, b) for a, (b, _) in zip(entering, STAGES, strict=True))
        self.norms = nn.ModuleList(nn.BatchNorm2d(width) for width in (FIRST, *(width for width, _ in STAGES)))
        self.dropout = nn.Dropout(dropout)
        self.head = nn.Linear(STAGES[-1][0] * (window_samples // SHORTEST), 1)

    def forward(self, windows: Tensor) -> Tensor:
        """(n, channels, samples) to logits (n,)."""
        x = self.begin(normalise(windows).transpose(1, 2)[:, None])
        x = self.across(self._ended(0, x, pooled=True))
        for place, (convolution, (_, pooled)) in enumerate(zip(self.convolutions, STAGES, strict=True)):
            x = self._ended(place + 1, convolution(x), pooled=pooled)
        logits: Tensor = self.head(x.flatten(1))
        return logits[:, 0]

    def _ended(self, place: int, x: Tensor, *, pooled: bool) -> Tensor:
        x = functional.leaky_relu(self.norms[place](x), SLOPE)
        dropped: Tensor = self.dropout(functional.max_pool2d(x, (POOL, 1)) if pooled else x)
        return dropped


def _over_time(entering: int, width: int) -> nn.Sequential:
    # An even kernel is padded one sample more behind than before, as Keras does.
    pad = nn.ZeroPad2d((0, 0, (KERNEL - 1) // 2, KERNEL // 2))
    return nn.Sequential(pad, nn.Conv2d(entering, width, (KERNEL, 1), bias=False))
