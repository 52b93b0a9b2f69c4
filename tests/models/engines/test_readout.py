"""The head and the place of the evidence are the network's own."""

import numpy as np
import pytest
import torch

from models.engines.readout import PooledReadout
from models.networks.sc import SPANS, Variant, vote_peak
from tests.models.engines.networks import noise, window_network


@pytest.mark.parametrize("variant", ["paper", "official"])
def test_answers_are_those_of_the_network(variant: Variant) -> None:
    """Probability and peak from pooled features, one window or many."""
    network = window_network(variant)
    pooled = noise(11, SPANS, 8) / np.float32(30)
    where = np.random.default_rng(1).integers(0, 64, (11, SPANS, 8)).astype(np.int32)
    where[2] = 0  # all votes at one end, where the triangle reaches over the edge
    where[3] = 63
    with torch.no_grad():
        logits = network._logits(torch.from_numpy(pooled))
        votes = torch.relu(torch.from_numpy(pooled) * network.head.weight[0])
        # In double, as numpy's counting does: sums in float32 may tie otherwise.
        peaks = vote_peak(votes.double(), torch.from_numpy(where).long(), 64)
    got, got_peaks = PooledReadout(network).answers(pooled, where)
    assert np.allclose(got, torch.sigmoid(logits).numpy(), rtol=0, atol=1e-6)
    assert got.shape == (11, SPANS)
    assert np.array_equal(got_peaks, peaks.numpy())
    # One by one, to the bit: what a window came with must not show.
    alone = [PooledReadout(network).answers(pooled[k : k + 1], where[k : k + 1])[0][0] for k in range(11)]
    assert np.array_equal(got, alone)
