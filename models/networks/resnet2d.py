"""ResNet-18 of images: He et al. 2016, layer by layer as torchvision has it.

The network of AiED (three colours, two classes; 11,177,538 numbers) and, over spectrograms of all derivations, one
that Siamese-ES can be compared with. torchvision's own class does not import beside this project's torch. Checked
against: parameter counts, and torchvision's class where it is installed (tests/models/networks/test_resnet2d.py).
"""

from typing import Final

from torch import Tensor, nn
from torch.nn import functional

from models.networks.sc import normalise
from models.networks.spectrogram import HOP, SEGMENT, Transform

WIDTHS: Final = (64, 64, 128, 128, 256, 256, 512, 512)


class Block(nn.Module):
    """{convolution, norm, ReLU, convolution, norm} plus a shortcut, then ReLU."""

    def __init__(self, entering: int, width: int) -> None:
        super().__init__()
        stride = 1 if entering == width else 2
        self.conv1 = nn.Conv2d(entering, width, 3, stride, 1, bias=False)
        self.norm1 = nn.BatchNorm2d(width)
        self.conv2 = nn.Conv2d(width, width, 3, 1, 1, bias=False)
        self.norm2 = nn.BatchNorm2d(width)
        narrow = nn.Sequential(nn.Conv2d(entering, width, 1, stride, bias=False), nn.BatchNorm2d(width))
        self.shortcut = nn.Identity() if stride == 1 else narrow

    def forward(self, x: Tensor) -> Tensor:
        """(n, entering, rows, columns) to (n, width, rows, columns) or half of both."""
        y = self.norm2(self.conv2(functional.relu(self.norm1(self.conv1(x)))))
        return functional.relu(y + self.shortcut(x))


class ImageResNet18(nn.Module):
    """Takes images of so many colours and gives so many logits."""

    def __init__(self, colours: int = 3, outputs: int = 2) -> None:
        super().__init__()
        self.first = nn.Conv2d(colours, WIDTHS[0], 7, 2, 3, bias=False)
        self.norm = nn.BatchNorm2d(WIDTHS[0])
        entering = (WIDTHS[0], *WIDTHS[:-1])
        self.blocks = nn.Sequential(*(Block(a, b) for a, b in zip(entering, WIDTHS, strict=True)))
        self.head = nn.Linear(WIDTHS[-1], outputs)

    def forward(self, images: Tensor) -> Tensor:
        """(n, colours, rows, columns) to logits (n, outputs)."""
        x = functional.max_pool2d(functional.relu(self.norm(self.first(images))), 3, 2, 1)
        logits: Tensor = self.head(self.blocks(x).mean(dim=(2, 3)))
        return logits


class SpectrogramResNet18(ImageResNet18):
    """Scores windows of one group of derivations by their spectrograms, one colour each.

    Parameters
    ----------
    channels
        Derivations in a group.
    window_samples
        Window length; no weight depends on it.
    segment, hop
        Samples of a short Fourier transform, and from one to the next; the defaults are made for 500 Hz.
    logarithms
        1 takes logarithms of one more than each magnitude: ours, for small sets.
    """

    def __init__(
        self, channels: int = 5, window_samples: int = 2000, segment: int = SEGMENT, hop: int = HOP, logarithms: int = 0
    ) -> None:
        super().__init__(channels, 1)
        self.channels, self.window_samples = channels, window_samples
        self.transform = Transform(window_samples, segment, hop, logarithms)

    def forward(self, windows: Tensor) -> Tensor:
        """(n, channels, samples) to logits (n,)."""
        return super().forward(self.transform(normalise(windows)))[:, 0]
