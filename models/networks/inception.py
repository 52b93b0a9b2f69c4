"""InceptionTime: several kernel lengths side by side, module after module.

Windows (n, channels, samples) go through modules of a 1x1 bottleneck, convolutions of several lengths on it, a
maximum pool with a 1x1 convolution beside them, batch normalisation and ReLU; then one linear unit over a pool of
time.

`variant="original"`: 6 modules of 4 x 32 maps, kernels 40, 20 and 10, a residual shortcut (1x1 convolution with batch
normalisation) over every three of them, a mean over time. Source, stated: Ismail Fawaz et al. 2020 (arXiv
1909.04939); repository hfawaz/InceptionTime, `classifiers/inception.py` (GPL-3: written from the paper and the facts,
no line of it). The paper's ensemble of five is five trainings.

`variant="iedeal"`: what iEDeaL's code calls InceptionTime. 5 modules of 256 maps (52 of the pooled branch, 51 each of
kernels 3, 5, 9 and 17, with bias), bottleneck 64, no shortcuts, a maximum over time. Source, stated: qtwang/iEDeaL
(MIT) `model/inception.py`.

Ours: input is made free of scale by `models.networks.sc.normalise`, as for SC; `norm=False` leaves batch
normalisation out, as iEDeaL's paper says it did. Checked against: parameter counts of both
(tests/models/networks/test_inception.py).
"""

from typing import Final, Literal, get_args

import torch
from torch import Tensor, nn
from torch.nn import functional

from models.networks.sc import normalise

Variant = Literal["original", "iedeal"]
ORIGINAL_KERNELS: Final = (40, 20, 10)
IEDEAL_KERNELS: Final = (3, 5, 9, 17)
SHORTCUT_EVERY: Final = 3  # modules, original
POOL: Final = 3


class Module(nn.Module):
    """Convolutions of several lengths and a pooled branch side by side; `widths`, the pooled branch's first."""

    def __init__(self, entering: int, kernels: tuple[int, ...], widths: list[int], bottleneck: int, bias: bool) -> None:
        super().__init__()
        self.bottleneck = nn.Conv1d(entering, bottleneck, 1, bias=False)
        self.pooled = nn.Conv1d(entering, widths[0], 1, bias=False)
        self.convolutions = nn.ModuleList(
            nn.Conv1d(bottleneck, width, kernel, bias=bias) for kernel, width in zip(kernels, widths[1:], strict=True)
        )

    def forward(self, x: Tensor) -> Tensor:
        """(n, entering, samples) to (n, sum of widths, samples)."""
        narrow = self.bottleneck(x)
        pooled = self.pooled(functional.max_pool1d(x, POOL, 1, POOL // 2))
        return torch.cat([pooled, *(_same(convolution, narrow) for convolution in self.convolutions)], dim=1)


def _same(convolution: nn.Module, x: Tensor) -> Tensor:
    """Convolve so that time keeps its length; an even kernel is padded one sample more behind than before."""
    kernel = convolution.get_parameter("weight").shape[2]
    # By hand: torch's own padding "same" warns of a copy where a kernel is even.
    convolved: Tensor = convolution(functional.pad(x, ((kernel - 1) // 2, kernel // 2)))
    return convolved


class InceptionTime(nn.Module):
    """Scores windows of one group of derivations.

    Parameters
    ----------
    channels
        Derivations in a group.
    window_samples
        Window length; no weight depends on it.
    variant
        "original" or "iedeal"; see the module's text.
    norm
        Whether maps are batch-normalised.
    """

    def __init__(
        self, channels: int = 5, window_samples: int = 768, variant: Variant = "original", norm: bool = True
    ) -> None:
        super().__init__()
        if variant not in get_args(Variant):
            raise ValueError(f"variant {variant!r} is not one of {get_args(Variant)}")
        self.channels, self.window_samples, self.variant = channels, window_samples, variant
        original = variant == "original"
        kernels = ORIGINAL_KERNELS if original else IEDEAL_KERNELS
        widths, bottleneck, count = ([32] * 4, 32, 6) if original else ([52, 51, 51, 51, 51], 64, 5)
        width = sum(widths)
        entering = [channels] + [width] * (count - 1)
        self.modules_ = nn.ModuleList(Module(one, kernels, widths, bottleneck, not original) for one in entering)
        self.norms = nn.ModuleList(nn.BatchNorm1d(width) if norm else nn.Identity() for _ in entering)
        shortcuts = entering[::SHORTCUT_EVERY] if original else []
        self.shortcuts = nn.ModuleList(
            nn.Sequential(nn.Conv1d(one, width, 1, bias=False), nn.BatchNorm1d(width) if norm else nn.Identity())
            for one in shortcuts
        )
        self.head = nn.Linear(width, 1)

    def features(self, windows: Tensor) -> Tensor:
        """(n, channels, samples) in any unit to feature maps (n, 128 or 256, samples)."""
        x = before = normalise(windows)
        for depth, (module, norm) in enumerate(zip(self.modules_, self.norms, strict=True)):
            x = functional.relu(norm(module(x)))
            if self.shortcuts and depth % SHORTCUT_EVERY == SHORTCUT_EVERY - 1:
                x = before = functional.relu(x + self.shortcuts[depth // SHORTCUT_EVERY](before))
        return x

    def forward(self, windows: Tensor) -> Tensor:
        """(n, channels, samples) to logits (n,)."""
        maps = self.features(windows)
        pooled = maps.mean(dim=2) if self.variant == "original" else maps.amax(dim=2)
        logits: Tensor = self.head(pooled)
        return logits[:, 0]
