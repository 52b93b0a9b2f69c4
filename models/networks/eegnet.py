"""EEGNet, a small convolutional network of EEG in general, compared with Siamese-ES.

A convolution over time (8 kernels), a depthwise one over all channels (2 each), a mean pool, a separable convolution
over time (16 kernels), a mean pool and one linear unit. Source, stated: Lawhern et al. 2018; repository
vlawhern/arl-eegmodels, `EEGModels.py`; batch normalisation and ELU behind each convolution, dropout 0.5, weights of
the depthwise kernels at most 1 long and of the unit at most 0.25. Padding as in braindecode (BSD-3), whose class it
equals: half a kernel on both sides, where the original pads an even kernel one sample less.

Ours: kernel and pools are in samples (the defaults are made for 128 Hz); input is made free of scale by
`models.networks.sc.normalise`. A library's class would do, but needs packages that do not install beside this
project's torch. Checked against: parameter counts, and braindecode's class where it is installed (test_eegnet.py).
"""

from typing import Final

import torch
from torch import Tensor, nn
from torch.nn import functional

from models.networks.sc import normalise

KERNELS: Final = 8
DEPTH: Final = 2
SEPARABLE: Final = 16  # samples of the second convolution over time
LONGEST_DEPTHWISE, LONGEST_UNIT = 1.0, 0.25


class EEGNet(nn.Module):
    """Scores windows of one group of derivations.

    Parameters
    ----------
    channels
        Derivations in a group.
    window_samples
        Window length; the linear unit has a weight for each pooled sample, so it is fixed.
    kernel
        Samples of the first convolution: half a second in the paper.
    first_pool, second_pool
        Samples that are averaged.
    dropout
        Probability of dropping a value in training.
    """

    def __init__(
        self,
        channels: int = 5,
        window_samples: int = 192,
        kernel: int = 64,
        first_pool: int = 4,
        second_pool: int = 8,
        dropout: float = 0.5,
    ) -> None:
        super().__init__()
        self.channels, self.window_samples = channels, window_samples
        self.pools, width = (first_pool, second_pool), KERNELS * DEPTH
        self.temporal = nn.Conv2d(1, KERNELS, (1, kernel), padding=(0, kernel // 2), bias=False)
        self.spatial = nn.Conv2d(KERNELS, width, (channels, 1), groups=KERNELS, bias=False)
        self.depthwise = nn.Conv2d(width, width, (1, SEPARABLE), padding=(0, SEPARABLE // 2), groups=width, bias=False)
        self.pointwise = nn.Conv2d(width, width, 1, bias=False)
        self.norms = nn.ModuleList(nn.BatchNorm2d(maps) for maps in (KERNELS, width, width))
        self.dropout = nn.Dropout(dropout)
        # Both convolutions of even kernels add a sample.
        first = (window_samples + 1 - kernel % 2) // first_pool
        if (left := (first + 1) // second_pool) < 1:
            raise ValueError(f"a window of {window_samples} samples leaves nothing after pools of {self.pools}")
        self.unit = nn.Linear(width * left, 1)

    def forward(self, windows: Tensor) -> Tensor:
        """(n, channels, samples) to logits (n,)."""
        first, second, third = self.norms
        x = first(self.temporal(normalise(windows)[:, None]))
        # Shortened in use, not after the step: so the limit holds for every optimiser, and in the weights on disk.
        spatial = torch.renorm(self.spatial.weight, 2, 0, LONGEST_DEPTHWISE)
        x = functional.elu(second(functional.conv2d(x, spatial, groups=KERNELS)))
        x = self.dropout(functional.avg_pool2d(x, (1, self.pools[0])))
        x = functional.elu(third(self.pointwise(self.depthwise(x))))
        x = self.dropout(functional.avg_pool2d(x, (1, self.pools[1])))
        weight = torch.renorm(self.unit.weight, 2, 0, LONGEST_UNIT)
        return functional.linear(x.flatten(1), weight, self.unit.bias)[:, 0]
