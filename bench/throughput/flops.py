"""How many floating-point operations a network takes: two for each multiply-add of its matrix products.

Norms, activations and maxima are not counted, so a rate made of these figures understates what the machine does.
"""

import torch
from torch import Tensor, nn
from torch.utils.flop_counter import FlopCounterMode

from models.networks.sc_stream import StreamSC
from models.networks.stream_state import Streamer


def of_window(network: nn.Module, windows: Tensor) -> int:
    """Count what scoring windows (n, channels, samples) takes."""
    with torch.inference_mode(), FlopCounterMode(display=False) as counter:
        network.eval()(windows)
    return int(counter.get_total_flops())


def of_hop(network: StreamSC, groups: int, hop_samples: int) -> int:
    """Count what carrying groups one hop on takes, where the evidence's place is looked for too."""
    # A real push, not a formula: it counts what the carried network computes again at each hop.
    streamer = Streamer(network, groups, hop_samples)
    with FlopCounterMode(display=False) as counter:
        streamer.push(torch.zeros(groups, network.channels, hop_samples))
    return int(counter.get_total_flops())
