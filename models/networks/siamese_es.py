"""Siamese-ES: one network for discharges and sleep, whose sleep features help to find the discharges.

Stated in public (Lin et al. 2025, doi 10.3760/cma.j.cn112137-20250116-00141; AAN 2026 abstract): multi-task learning
by hard parameter sharing; a preprocessing stage; a shared Frequency-Temporal Converter; the twins Twins-Electron and
Twins-Sleep; their features fused for the detection of discharges. Code, weights and layers are not public.

Our reconstruction, all of the rest, after the same group's public code (vepiset/vEpiNetV2, vepiset/vepiset_dataset):

- the converter is magnitudes of short Fourier transforms (256 samples, a step of 16) and the stem and first two
stages of an EfficientNetV2, so that what is shared has weights; - the twins are the remaining stages, alike in shape
and each with its own weights, and a mean over the image; - Twins-Sleep's features go through a linear map, LeakyReLU
and dropout to 128 numbers (24 in the light size) and stand beside Twins-Electron's before dropout 0.5 and one linear
unit; "deep sleep features" is read as learnt features; - another linear map makes the sleep logits: two classes
(waking, sleeping) as the group's labels are, or five; - `stop_gradient` keeps the loss of discharges out of
Twins-Sleep; - first weights are random (the group's are ImageNet's); input is made free of scale by
`models.networks.sc.normalise`.

The four arms of the ablation are `fusion` on or off here and `sleep_weight` above 0 or 0 in a recipe. Checked
against: parameter counts, where gradients flow (tests/models/networks/test_siamese_es.py).
"""

from typing import Final

import torch
from torch import Tensor, nn

from models.networks.efficientnet import Size, back, features_of, front
from models.networks.sc import normalise
from models.networks.spectrogram import HOP, SEGMENT, Transform

# The group's side features: 128 of the video branch (vEpiNetV2), 24 of the sleep branch (vEpiSet).
SIDE: Final[dict[Size, int]] = {"full": 128, "light": 24}
SIDE_DROPOUT: Final = 0.3


class SiameseES(nn.Module):
    """Scores windows of one group of derivations for discharges, and for sleep.

    Parameters
    ----------
    channels
        Derivations in a group; 77 in the published montage stack.
    window_samples
        Window length; no weight depends on it.
    size
        "full", or "light": below 2 million numbers, for a CPU.
    fusion
        1 where sleep features help to find discharges, 0 where the two tasks share the converter alone.
    stop_gradient
        1 keeps the loss of discharges out of Twins-Sleep.
    sleep_classes
        2 (waking, sleeping) or 5 (W, N1, N2, N3, R).
    dropout
        Probability of dropping a fused feature in training.
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
        fusion: int = 1,
        stop_gradient: int = 0,
        sleep_classes: int = 2,
        dropout: float = 0.5,
        segment: int = SEGMENT,
        hop: int = HOP,
        logarithms: int = 0,
    ) -> None:
        super().__init__()
        if sleep_classes not in {2, 5}:
            raise ValueError(f"sleep_classes {sleep_classes}: give 2 (waking, sleeping) or 5 (W, N1, N2, N3, R)")
        self.channels, self.window_samples, self.sleep_classes = channels, window_samples, sleep_classes
        self.transform = Transform(window_samples, segment, hop, logarithms)
        self.fusion, self.stop_gradient = bool(fusion), bool(stop_gradient)
        width, side = features_of(size), SIDE[size] if fusion else 0
        self.converter = front(channels, size)
        self.electron, self.sleep = back(size), back(size)
        self.sleep_head = nn.Linear(width, sleep_classes)
        self.side = nn.Sequential(nn.Linear(width, side), nn.LeakyReLU(), nn.Dropout(SIDE_DROPOUT)) if fusion else None
        self.dropout = nn.Dropout(dropout)
        self.head = nn.Linear(width + side, 1)

    def both(self, windows: Tensor) -> tuple[Tensor, Tensor]:
        """(n, channels, samples) to logits of a discharge (n,) and of sleep (n, sleep_classes)."""
        maps = self.converter(self.transform(normalise(windows)))
        electron, sleep = (twin(maps).mean(dim=(2, 3)) for twin in (self.electron, self.sleep))
        fused = electron
        if self.side is not None:
            # Twins-Sleep then learns from the sleep loss alone, and not what would help to find discharges.
            given = sleep.detach() if self.stop_gradient else sleep
            fused = torch.cat([electron, self.side(given)], dim=1)
        return self.head(self.dropout(fused))[:, 0], self.sleep_head(sleep)

    def forward(self, windows: Tensor) -> Tensor:
        """(n, channels, samples) to logits of a discharge (n,)."""
        return self.both(windows)[0]
