"""TimeNet's encoder has the published size, and its answer depends on the last states alone."""

import torch

from models.networks.timenet import TimeNet


def test_the_encoder_is_as_large_as_published() -> None:
    """Three layers of 60 units; one linear unit over 180 states comes on top."""
    for channels, parameters in ((1, 55_260), (5, 55_980)):
        network = TimeNet(channels, 128)
        assert sum(weight.numel() for weight in network.encoder.parameters()) == parameters
        assert sum(weight.numel() for weight in network.head.parameters()) == 181


@torch.no_grad()
def test_it_reads_forwards() -> None:
    """A window and its mirror image score differently, and the order of windows in a batch does not matter."""
    torch.manual_seed(0)
    network, windows = TimeNet(2, 40).eval(), torch.randn(3, 2, 40)
    logits = network(windows)
    assert not torch.allclose(logits, network(windows.flip(2)), atol=1e-3)
    torch.testing.assert_close(network(windows.flip(0)), logits.flip(0))
