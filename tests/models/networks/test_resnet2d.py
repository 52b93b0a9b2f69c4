"""ResNet-18 of images has the published size, and equals torchvision's where that can be imported."""

import torch

from models.networks.resnet2d import ImageResNet18
from tests.models.networks.twins import library


def test_size_is_as_published() -> None:
    """AiED's: three colours, two outputs."""
    assert sum(weight.numel() for weight in ImageResNet18().parameters()) == 11_177_538


@torch.no_grad()
def test_it_equals_the_library_with_the_same_weights() -> None:
    """The resnet18 of torchvision, whose layers stand in the same order."""
    models = library("torchvision.models")
    torch.manual_seed(0)
    ours, theirs = ImageResNet18(outputs=2).eval(), models.resnet18(num_classes=2).eval()
    state = dict(zip(theirs.state_dict(), ours.state_dict().values(), strict=True))
    theirs.load_state_dict(state)
    images = torch.randn(2, 3, 64, 64)
    torch.testing.assert_close(ours(images), theirs(images), rtol=1e-4, atol=1e-5)
