"""EEGformer's three transformers look along filters, channels and time, each token at all others."""

import pytest
import torch

from models.networks.eegformer import LOST, EEGformer, Transformer


@torch.no_grad()
def test_every_token_sees_all_others_and_where_they_stand() -> None:
    """A change of one token changes all; swapped tokens do not give swapped answers."""
    torch.manual_seed(0)
    transformer, x = Transformer(6, 12, 2, 3, 0.1).eval(), torch.randn(1, 6, 12)
    changed = x.clone()
    changed[0, 2] += 1
    assert ((transformer(changed) - transformer(x)).abs().amax(dim=2) > 1e-5).all()
    swapped = transformer(x[:, [1, 0, 2, 3, 4, 5]])[:, [1, 0, 2, 3, 4, 5]]
    assert not torch.allclose(swapped, transformer(x), atol=1e-4)


@torch.no_grad()
def test_tokens_are_filters_of_each_channel_alone() -> None:
    """Another channel's samples do not enter, but for the scale that all share."""
    torch.manual_seed(0)
    network, windows = EEGformer(3, 100, filters=4).eval(), torch.randn(2, 3, 100)
    tokens = network.tokens(windows)
    assert tokens.shape == (2, 3, 4, (100 - LOST) // 4)
    mirrored = windows.clone()
    mirrored[:, 1] = -mirrored[:, 1]  # of the same scale
    other = network.tokens(mirrored)
    torch.testing.assert_close(other[:, [0, 2]], tokens[:, [0, 2]])
    assert not torch.allclose(other[:, 1], tokens[:, 1])


def test_a_window_that_leaves_nothing_is_refused() -> None:
    """Three convolutions take 27 samples."""
    with pytest.raises(ValueError, match="30 samples leaves no step"):
        EEGformer(3, 30)
