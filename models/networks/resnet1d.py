"""ResNet-18 in one dimension, the baseline of iEDeaL.

Windows (n, channels, samples) go through a convolution of stride 2, a maximum pool, eight basic blocks (64, 64, 128,
128, 256, 256, 512, 512 wide; stride 2 where the width grows), a mean over time and one linear unit. Source:
repository qtwang/iEDeaL (MIT), `model/resnet.py`, class `Res1d18`; the paper, section 5.

Shortcuts between widths are 1x1 convolutions with a bias and without norm, as published. Differs from the published
code: it leaves batch normalisation in evaluation mode for ever (so it does nothing but scale), the paper removes it;
here `norm` says. Input is made free of scale by `models.networks.sc.normalise`, as for SC.

Checked against: parameter counts with and without norm (tests/models/networks/test_resnet1d.py).
"""

from torch import Tensor, nn
from torch.nn import functional

from models.networks.sc import normalise

WIDTHS = (64, 64, 128, 128, 256, 256, 512, 512)
KERNEL = 3


class BasicBlock(nn.Module):
    """{convolution, norm, ReLU, convolution, norm} plus a shortcut, then ReLU."""

    def __init__(self, entering: int, width: int, norm: bool) -> None:
        super().__init__()
        # As published: where the width doubles, the time halves.
        stride = 1 if entering == width else 2
        self.conv1 = nn.Conv1d(entering, width, KERNEL, stride=stride, padding=1)
        self.norm1 = nn.BatchNorm1d(width) if norm else nn.Identity()
        self.conv2 = nn.Conv1d(width, width, KERNEL, padding=1)
        self.norm2 = nn.BatchNorm1d(width) if norm else nn.Identity()
        self.shortcut = nn.Identity() if stride == 1 else nn.Conv1d(entering, width, 1, stride=stride)

    def forward(self, x: Tensor) -> Tensor:
        """(n, entering, samples) to (n, width, samples or half of them)."""
        y = functional.relu(self.norm1(self.conv1(x)))
        return functional.relu(self.norm2(self.conv2(y)) + self.shortcut(x))


class ResNet18(nn.Module):
    """Scores windows of one group of derivations.

    Parameters
    ----------
    channels
        Derivations in a group.
    window_samples
        Window length; no weight depends on it.
    norm
        Whether convolutions are batch-normalised; the paper's are not.
    """

    def __init__(self, channels: int = 5, window_samples: int = 768, norm: bool = False) -> None:
        super().__init__()
        self.channels, self.window_samples = channels, window_samples
        self.first = nn.Conv1d(channels, WIDTHS[0], 7, stride=2, padding=3)
        self.norm = nn.BatchNorm1d(WIDTHS[0]) if norm else nn.Identity()
        self.pool = nn.MaxPool1d(KERNEL, stride=2)
        # Each block takes what the one before it gives, the first one what the stem gives.
        entering = (WIDTHS[0], *WIDTHS[:-1])
        self.blocks = nn.Sequential(*(BasicBlock(a, b, norm) for a, b in zip(entering, WIDTHS, strict=True)))
        self.head = nn.Linear(WIDTHS[-1], 1)

    def features(self, windows: Tensor) -> Tensor:
        """(n, channels, samples) in any unit to feature maps (n, 512, about a 32nd of the samples)."""
        x = functional.relu(self.norm(self.first(normalise(windows))))
        maps: Tensor = self.blocks(self.pool(x))
        return maps

    def forward(self, windows: Tensor) -> Tensor:
        """(n, channels, samples) to logits (n,)."""
        logits: Tensor = self.head(self.features(windows).mean(dim=2))
        return logits[:, 0]
