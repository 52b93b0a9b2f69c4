"""nEpiNet: vEpiNet without its video branch, compared with Siamese-ES.

Spectrograms of all derivations as colours of an image, EfficientNetV2, a mean over the image, dropout 0.5 and one
linear unit. Source, stated: that it is vEpiNet's EEG branch; of vepiset/vEpiNetV2 (Apache-2.0), `base_trainer`: the
transform (256 samples, a step of 16), timm's `efficientnetv2_rw_t`, 1,024 features, dropout.

Ours: random first weights where that code has ImageNet's; input made free of scale by `models.networks.sc.normalise`
where it divides by fixed units; a "light" size. Checked against: parameter counts
(tests/models/networks/test_nepinet.py).
"""

from torch import Tensor, nn

from models.networks.efficientnet import Size, back, features_of, front
from models.networks.sc import normalise
from models.networks.spectrogram import HOP, SEGMENT, Transform


class NEpiNet(nn.Module):
    """Scores windows of one group of derivations.

    Parameters
    ----------
    channels
        Derivations in a group; 77 in the published stack.
    window_samples
        Window length; no weight depends on it.
    size
        "full" or "light".
    dropout
        Probability of dropping a pooled feature in training.
    segment, hop
        Samples of a short Fourier transform, and from one to the next; the defaults are made for 500 Hz.
    logarithms
        1 takes logarithms of one more than each magnitude: ours, for small sets.
    """

    def __init__(
        self,
        channels: int = 77,
        window_samples: int = 2000,
        size: Size = "full",
        dropout: float = 0.5,
        segment: int = SEGMENT,
        hop: int = HOP,
        logarithms: int = 0,
    ) -> None:
        super().__init__()
        self.channels, self.window_samples = channels, window_samples
        self.transform = Transform(window_samples, segment, hop, logarithms)
        self.front, self.back = front(channels, size), back(size)
        self.dropout = nn.Dropout(dropout)
        self.head = nn.Linear(features_of(size), 1)

    def forward(self, windows: Tensor) -> Tensor:
        """(n, channels, samples) to logits (n,)."""
        maps = self.back(self.front(self.transform(normalise(windows))))
        logits: Tensor = self.head(self.dropout(maps.mean(dim=(2, 3))))
        return logits[:, 0]
