"""EEGNet has the published sizes, keeps to its limits, and equals the library's class where that is installed."""

import pytest
import torch
from torch import nn

from models.networks.eegnet import EEGNet
from models.networks.sc import normalise


@pytest.mark.parametrize(("channels", "samples", "parameters"), [(22, 250, 1_569), (19, 2000, 2_401)])
def test_size_is_as_published(channels: int, samples: int, parameters: int) -> None:
    """One output, kernels of 64 and 16 samples."""
    assert sum(weight.numel() for weight in EEGNet(channels, samples).parameters()) == parameters


@torch.no_grad()
def test_weights_above_their_limit_act_as_if_they_had_been_shortened() -> None:
    """Ten times as large, depthwise kernels and the unit's weights count no more than their limits allow."""
    torch.manual_seed(0)
    network, windows = EEGNet(5, 192).eval(), torch.randn(4, 5, 192)
    for weight in (network.spatial.weight, network.unit.weight):
        weight.mul_(100)
    logits = network(windows)
    for weight in (network.spatial.weight, network.unit.weight):
        weight.mul_(10)
    torch.testing.assert_close(network(windows), logits)


def test_a_window_that_leaves_nothing_is_refused() -> None:
    """Its two pools need 27 samples."""
    with pytest.raises(ValueError, match="26 samples leaves nothing"):
        EEGNet(5, 26)


@torch.no_grad()
def test_it_equals_the_library_with_the_same_weights() -> None:
    """The class of braindecode, whose layers stand in the same order."""
    braindecode = pytest.importorskip("braindecode.models", reason="braindecode is not installed")
    torch.manual_seed(0)
    ours = EEGNet(22, 512).eval()
    theirs: nn.Module = braindecode.EEGNet(
        n_chans=22, n_outputs=1, n_times=512, drop_prob=0.5, final_layer_with_constraint=True
    ).eval()
    mine = [weight for weight in ours.parameters() if weight.dim() > 1]
    weights = [weight for weight in theirs.parameters() if weight.dim() > 1]
    for weight, other in zip(weights, mine, strict=True):
        weight.copy_(other.reshape(weight.shape))
    windows = torch.randn(4, 22, 512)
    expected = theirs(normalise(windows)).reshape(4)
    torch.testing.assert_close(
        ours(windows) - ours.unit.bias,
        expected - expected.mean() + (ours(windows) - ours.unit.bias).mean(),
        rtol=1e-3,
        atol=1e-4,
    )
