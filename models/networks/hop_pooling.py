"""Pooling over a window of which the maxima of every hop are known, so that no sample is pooled twice."""

import torch
from torch import Tensor

from models.networks.contract import StreamingNetwork
from models.networks.sc import newest_hops


def hops_in_window(network: StreamingNetwork, hop_samples: int) -> int:
    """Return how many hops a network's window has.

    Raises
    ------
    ValueError
        When they are no whole number.
    """
    if hop_samples < 1 or network.window_samples % hop_samples:
        raise ValueError(f"a hop of {hop_samples} samples does not divide a window of {network.window_samples}")
    return network.window_samples // hop_samples


def pool_spans_by_hops(maxima: Tensor, places: Tensor, hop_samples: int) -> tuple[Tensor, Tensor]:
    """Return what `models.networks.sc.pool_spans` does, from every hop's maxima and their places.

    The newest third is taken in whole hops.

    Parameters
    ----------
    maxima, places
        (groups, hops, width); places are samples from their hop's start.

    Returns
    -------
    tuple[Tensor, Tensor]
        Maxima and their places, samples from the window's start, (groups, SPANS, width) both.
    """
    hops = maxima.shape[1]
    # Of all hops, and of those of the newest third.
    firsts = 0, hops - newest_hops(hops * hop_samples, hop_samples)
    found = [_pool_from(maxima, places, hop_samples, first) for first in firsts]
    return torch.stack([pooled for pooled, _ in found], dim=1), torch.stack([where for _, where in found], dim=1)


def _pool_from(maxima: Tensor, places: Tensor, hop_samples: int, first: int) -> tuple[Tensor, Tensor]:
    pooled, hop = maxima[:, first:].max(dim=1)
    # The place within the hop that won, feature by feature.
    within = places[:, first:].gather(1, hop[:, None])[:, 0]
    return pooled, (first + hop) * hop_samples + within
