"""SpikeNet2's network has the published size and halves time in every stage."""

import torch

from models.networks.spikenet2 import SpikeNet2, divided


def test_size_is_as_published_but_for_a_norm_that_nothing_uses() -> None:
    """64 scales and 64 offsets in front of the first block."""
    assert sum(weight.numel() for weight in SpikeNet2().parameters()) == 30_691_889 - 128


@torch.no_grad()
def test_rows_are_divided_by_their_own_95th_percentile() -> None:
    """Rows of any scale come out alike; a row of zeros stays one."""
    windows = torch.randn(2, 3, 200, generator=torch.Generator().manual_seed(0))
    windows[1, 2] = 0
    scaled = divided(windows * torch.tensor([1.0, 50.0, 1e-6])[None, :, None])
    torch.testing.assert_close(scaled, divided(windows), rtol=1e-3, atol=1e-4)
    assert (scaled[1, 2] == 0).all()
    share = (scaled[0].abs() <= 1).float().mean(dim=1)
    assert ((share - 0.95).abs() < 0.01).all()
