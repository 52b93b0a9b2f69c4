"""nEpiNet's image network equals the library's, and the light one is a small part of it."""

import torch
from torch import nn

from models.networks.efficientnet import back, features_of, front, scaled
from models.networks.nepinet import NEpiNet
from tests.models.networks.twins import library


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


@torch.no_grad()
def test_it_equals_the_library_with_the_same_weights() -> None:
    """Maps of timm's efficientnetv2_rw_t; norms by the batch's statistics, or deep maps shrink to nothing."""
    theirs = library("timm").create_model("efficientnetv2_rw_t", pretrained=False, num_classes=0)
    torch.manual_seed(0)
    ours, images = nn.Sequential(front(3, "full"), back("full")), torch.randn(4, 3, 64, 64)
    theirs.load_state_dict(dict(zip(theirs.state_dict(), ours.state_dict().values(), strict=True)))
    expected = theirs(images)
    assert expected.std() > 0.1
    torch.testing.assert_close(ours(images).mean(dim=(2, 3)), expected, rtol=1e-4, atol=1e-5)
