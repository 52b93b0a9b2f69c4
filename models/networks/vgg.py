"""VGG-16 of spectrograms, the public detector of vEpiSet and the likely VGG-16 that Siamese-ES is compared with.

Magnitudes of short Fourier transforms of every derivation (256 samples, a step of 16) are an image of as many
colours; VGG-16's thirteen convolutions, a mean over the image, dropout 0.5 and one linear unit follow. Source,
stated: vepiset/vepiset_dataset, `base_trainer/net_work.py`, where the convolutions are timm's `vgg16` with its first
one widened to 45 derivations (14,738,880 numbers); Simonyan & Zisserman 2015.

Ours: random first weights where that code has ImageNet's; input made free of scale by `models.networks.sc.normalise`
where it divides by a fixed unit. Checked against: parameter counts (tests/models/networks/test_vgg.py).
"""

import itertools
from typing import Final

from torch import Tensor, nn
from torch.nn import functional

from models.networks.efficientnet import Size
from models.networks.sc import normalise
from models.networks.spectrogram import HOP, SEGMENT, Transform

# Maps of each convolution; 0 is a maximum over 2 x 2.
LAYERS: Final = (64, 64, 0, 128, 128, 0, 256, 256, 256, 0, 512, 512, 512, 0, 512, 512, 512, 0)
LESS: Final[dict[Size, int]] = {"full": 1, "light": 4}
# Samples that leave one column behind five pools.
SHORTEST: Final = HOP * (2 ** LAYERS.count(0) - 1)


class VGG16(nn.Module):
    """Scores windows of one group of derivations.

    Parameters
    ----------
    channels
        Derivations in a group.
    window_samples
        Window length; no weight depends on it.
    dropout
        Probability of dropping a pooled feature in training.
    segment, hop
        Samples of a short Fourier transform, and from one to the next; the defaults are made for 500 Hz.
    logarithms
        1 takes logarithms of one more than each magnitude: ours, for small sets.
    size
        "full", or "light" with a quarter of the maps, for a CPU: ours.
    """

    def __init__(
        self,
        channels: int = 45,
        window_samples: int = 2000,
        dropout: float = 0.5,
        segment: int = SEGMENT,
        hop: int = HOP,
        logarithms: int = 0,
        size: Size = "full",
    ) -> None:
        super().__init__()
        self.channels, self.window_samples = channels, window_samples
        self.transform = Transform(window_samples, segment, hop, logarithms)
        widths = [channels, *(width // LESS[size] for width in LAYERS if width)]
        pairs = itertools.pairwise(widths)
        self.convolutions = nn.ModuleList(nn.Conv2d(a, b, 3, padding=1) for a, b in pairs)
        self.dropout = nn.Dropout(dropout)
        self.head = nn.Linear(widths[-1], 1)

    def forward(self, windows: Tensor) -> Tensor:
        """(n, channels, samples) to logits (n,)."""
        x, layers = self.transform(normalise(windows)), iter(self.convolutions)
        for width in LAYERS:
            x = functional.relu(next(layers)(x)) if width else functional.max_pool2d(x, 2)
        logits: Tensor = self.head(self.dropout(x.mean(dim=(2, 3))))
        return logits[:, 0]
