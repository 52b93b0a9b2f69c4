"""VGG-16 of spectrograms has the published size, equals the library's, and takes windows from the shortest on."""

import torch

from models.networks.sc import normalise
from models.networks.spectrogram import magnitudes
from models.networks.vgg import SHORTEST, VGG16
from tests.models.networks.twins import library


def test_size_is_as_published() -> None:
    """Convolutions of 45 derivations, and one unit over 512 features."""
    network = VGG16()
    assert sum(weight.numel() for weight in network.convolutions.parameters()) == 14_738_880
    assert sum(weight.numel() for weight in network.head.parameters()) == 513


@torch.no_grad()
def test_the_shortest_window_leaves_one_column() -> None:
    """One sample step less leaves none, which torch refuses."""
    network = VGG16(1, SHORTEST).eval()
    assert network(torch.randn(2, 1, SHORTEST)).shape == (2,)


@torch.no_grad()
def test_it_equals_the_library_with_the_same_weights() -> None:
    """Convolutions and pools of timm's vgg16, in the same order, of 45 derivations."""
    theirs = library("timm").create_model("vgg16", pretrained=False, in_chans=45).features
    torch.manual_seed(0)
    ours, windows = VGG16(45, 600).eval(), torch.randn(2, 45, 600)
    for name, weight in zip(theirs.state_dict(), ours.convolutions.state_dict().values(), strict=True):
        theirs.get_parameter(name).copy_(weight)
    expected = ours.head(theirs(magnitudes(normalise(windows))).mean(dim=(2, 3)))[:, 0]
    torch.testing.assert_close(ours(windows), expected, rtol=1e-4, atol=1e-6)
