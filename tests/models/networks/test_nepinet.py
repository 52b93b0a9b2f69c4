"""nEpiNet's image network has the size of the library's, and the light one a small part of it."""

import torch

from models.networks.efficientnet import features_of, scaled
from models.networks.nepinet import NEpiNet


def test_size_is_that_of_the_library() -> None:
    """The library's efficientnetv2_rw_t: 13,649,388 numbers, 1,025,000 of them its 1,000 classes, of three colours."""
    network = NEpiNet(3)
    features = sum(weight.numel() for part in (network.front, network.back) for weight in part.parameters())
    assert features == 13_649_388 - 1_025_000
    assert features_of("full") == 1024


def test_widths_are_rounded_as_the_library_rounds_them() -> None:
    """To multiples of eight, and never more than a tenth below."""
    # 19.2 would go to 16, which is more than a tenth below.
    assert [scaled(width, 0.8) for width in (24, 48, 64, 128, 160, 256, 1280)] == [24, 40, 48, 104, 128, 208, 1024]


@torch.no_grad()
def test_the_light_size_is_small_and_scores() -> None:
    """Below half a million numbers for five derivations."""
    network = NEpiNet(5, 256, "light").eval()
    assert sum(weight.numel() for weight in network.parameters()) == 448_843
    assert network(torch.randn(2, 5, 256)).shape == (2,)
