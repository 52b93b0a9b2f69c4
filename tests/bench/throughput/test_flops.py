"""Operations are counted as they are by hand."""

import pytest
import torch

from bench.throughput import flops
from models.networks.sc import SC, SPANS
from models.networks.sc_stream import StreamSC


@pytest.mark.parametrize(("width", "samples"), [(48, 192), (256, 192), (256, 768)])
def test_a_window_of_sc_takes_what_its_convolutions_take(width: int, samples: int) -> None:
    """Two for each multiply-add: the first convolution, two a block, and the last unit; nothing else."""
    network = SC(5, samples, width=width)
    convolutions = 3 * 5 * width + 2 * len(network.blocks) * 3 * width * width
    assert flops.of_window(network, torch.zeros(1, 5, samples)) == 2 * (samples * convolutions + width)


def test_the_published_network_takes_3934_million_a_window() -> None:
    """The official variant: a shortcut of its own and 13 full convolutions; several windows take as much each."""
    network = SC(5, 768, variant="official")
    # The shortcut looks at one sample (5 * 256), all other convolutions at three.
    once = 2 * (768 * (5 * 256 + 3 * 5 * 256 + 13 * 3 * 256 * 256) + 256)
    assert round(once / 1e6) == 3934
    assert flops.of_window(network, torch.zeros(3, 5, 768)) == 3 * once


def test_a_hop_takes_a_twelfth_of_its_window_and_none_of_the_past() -> None:
    """Of 192 samples 16 are new; what looks for the evidence's places, twice, is the only thing more."""
    network = StreamSC(5, 192, width=48)
    products = 16 * (3 * 5 * 48 + 2 * len(network.blocks) * 3 * 48 * 48) + SPANS * 48
    place = SPANS * 192 * 7
    assert flops.of_hop(network, 5, 16) == 2 * 5 * (products + place)
