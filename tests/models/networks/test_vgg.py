"""VGG-16 of spectrograms has the published size and takes windows from the shortest on."""

import torch

from models.networks.vgg import SHORTEST, VGG16


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
