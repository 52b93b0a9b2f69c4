"""EfficientNetV2, the image network inside nEpiNet and Siamese-ES, in two sizes of ours and timm's.

A stem of stride 2, six stages of blocks (plain convolution; fused: 3x3 expanding, 1x1; inverted: 1x1 expanding,
depthwise 3x3, squeeze and excitation, 1x1), a 1x1 convolution and a mean over the image. Source, stated: Tan & Le
2021; timm (Apache-2.0), `efficientnetv2_rw_t`: widths of the small network times 0.8, depths times 0.9, SiLU and
batch normalisation throughout. "light" is ours: 0.25 and 0.3, for a CPU. Differs from timm: no stochastic depth. timm
itself needs torchvision, which does not import beside this project's torch. Checked against: timm's parameter count
(test_nepinet.py).
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Literal

from torch import Tensor, nn
from torch.nn import functional

Size = Literal["full", "light"]
Kind = Literal["plain", "fused", "inverted"]


@dataclass(frozen=True, slots=True)
class Stage:
    """So many blocks of a kind; the first has the stride, and middle maps are `expand` times the entering ones."""

    kind: Kind
    blocks: int
    stride: int
    expand: int
    width: int


SMALL: Final = (
    Stage("plain", 2, 1, 1, 24),
    Stage("fused", 4, 2, 4, 48),
    Stage("fused", 4, 2, 4, 64),
    Stage("inverted", 6, 2, 4, 128),
    Stage("inverted", 9, 1, 6, 160),
    Stage("inverted", 15, 2, 6, 256),
)
STEM, FEATURES = 24, 1280
SHARED_STAGES: Final = 2
"""Stages that Siamese-ES's twins share."""
SCALES: Final[dict[Size, tuple[float, float]]] = {"full": (0.8, 0.9), "light": (0.25, 0.3)}


def scaled(width: int, factor: float) -> int:
    """Return a width times a factor, to the nearest multiple of 8 but not more than a tenth below."""
    near = max(8, int(width * factor + 4) // 8 * 8)
    return near if near >= 0.9 * width * factor else near + 8


def stages_of(size: Size) -> tuple[Stage, ...]:
    """Return the stages of a size."""
    wide, deep = SCALES[size]
    return tuple(
        Stage(stage.kind, math.ceil(stage.blocks * deep), stage.stride, stage.expand, scaled(stage.width, wide))
        for stage in SMALL
    )


class Unit(nn.Sequential):
    """Convolution, batch normalisation and, where wished, SiLU."""

    def __init__(
        self, entering: int, width: int, kernel: int, stride: int = 1, groups: int = 1, active: bool = True
    ) -> None:
        convolution = nn.Conv2d(entering, width, kernel, stride, kernel // 2, groups=groups, bias=False)
        super().__init__(convolution, nn.BatchNorm2d(width), nn.SiLU() if active else nn.Identity())


class Squeeze(nn.Module):
    """Weighs maps by what all of them hold on average."""

    def __init__(self, width: int, narrow: int) -> None:
        super().__init__()
        self.narrow, self.widen = nn.Conv2d(width, narrow, 1), nn.Conv2d(narrow, width, 1)

    def forward(self, x: Tensor) -> Tensor:
        """(n, width, rows, columns) to the same."""
        weights: Tensor = self.widen(functional.silu(self.narrow(x.mean(dim=(2, 3), keepdim=True))))
        return x * weights.sigmoid()


class Block(nn.Module):
    """One block of a stage, added to its input where shape allows."""

    def __init__(self, stage: Stage, entering: int, stride: int) -> None:
        super().__init__()
        middle, width = entering * stage.expand, stage.width
        if stage.kind == "plain":
            layers: list[nn.Module] = [Unit(entering, width, 3, stride)]
        elif stage.kind == "fused":
            layers = [Unit(entering, middle, 3, stride), Unit(middle, width, 1, active=False)]
        else:
            layers = [Unit(entering, middle, 1), Unit(middle, middle, 3, stride, groups=middle)]
            # A quarter of the entering maps, as timm counts it, not of the middle ones.
            layers += [Squeeze(middle, max(1, entering // 4)), Unit(middle, width, 1, active=False)]
        self.layers = nn.Sequential(*layers)
        self.skips = stride == 1 and entering == width

    def forward(self, x: Tensor) -> Tensor:
        """(n, entering, rows, columns) to (n, width, rows, columns) or half of both."""
        y: Tensor = self.layers(x)
        return x + y if self.skips else y


def _blocks(stages: tuple[Stage, ...], entering: int) -> Iterator[Block]:
    for stage in stages:
        for place in range(stage.blocks):
            yield Block(stage, entering, stage.stride if place == 0 else 1)
            entering = stage.width


def front(colours: int, size: Size) -> nn.Sequential:
    """Return the stem and the first stages: images (n, colours, rows, columns) to maps."""
    stem = scaled(STEM, SCALES[size][0])
    return nn.Sequential(Unit(colours, stem, 3, 2), *_blocks(stages_of(size)[:SHARED_STAGES], stem))


def back(size: Size) -> nn.Sequential:
    """Return all that follows `front`: maps to features (n, `features_of(size)`, rows, columns)."""
    stages = stages_of(size)
    after = stages[SHARED_STAGES:]
    last = Unit(after[-1].width, features_of(size), 1)
    return nn.Sequential(*_blocks(after, stages[SHARED_STAGES - 1].width), last)


def features_of(size: Size) -> int:
    """Return how many features a size ends in."""
    return scaled(FEATURES, SCALES[size][0])
