"""SpikeNet has the published size and looks across channels once."""

import torch

from models.networks.spikenet import SpikeNet


def test_size_is_as_published() -> None:
    """Of 37 channels and 128 samples."""
    assert sum(weight.numel() for weight in SpikeNet().parameters()) == 317_889


@torch.no_grad()
def test_channels_have_weights_of_their_own() -> None:
    """The order of channels matters, unlike in networks that pool over them: 19 averages come first, then 18 pairs."""
    torch.manual_seed(0)
    network, windows = SpikeNet(5, 128).eval(), torch.randn(3, 5, 128)
    assert not torch.allclose(network(windows), network(windows.flip(1)), atol=1e-4)
