"""A network that only scores, made ready for engines, which also want to know where in a window the evidence lies.

Such a network cannot be asked where. What stands for its answer is the window's largest deflection: of whatever made
the network answer, an interictal discharge is nearly always the largest, and `models.detection.sightings` refines every
peak to the largest deflection near it anyway. Where a blink or a pop lies in the same window the place is wrong, though
the score is not.
"""

from typing import cast

import torch
from torch import Tensor, nn

from models.networks.contract import LocatingNetwork, Network, NetworkRecord, context_samples


class WholeWindow(nn.Module):
    """Scores whole windows with a network and places the evidence at the largest deflection.

    Parameters
    ----------
    network
        Offers no more than `models.networks.contract.Network`.
    """

    spans = 1

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network
        offered = cast("Network", network)
        self.channels, self.window_samples = offered.channels, offered.window_samples
        self.context_samples = context_samples(network)

    def forward(self, windows: Tensor) -> Tensor:
        """(n, channels, context + window samples) to logits (n,)."""
        logits: Tensor = self.network(windows)
        return logits

    def evidence(self, windows: Tensor) -> tuple[Tensor, Tensor]:
        """Score windows; each peak is where a derivation lies furthest from its mean over the window.

        Returns
        -------
        tuple[Tensor, Tensor]
            Logits and peaks, int64, samples from the scored window's start: (n, 1) both.
        """
        # The context was there before the window: what stood out in it is not what was scored.
        scored = windows[:, :, self.context_samples :]
        deflection = (scored - scored.mean(dim=2, keepdim=True)).abs().amax(dim=1)
        return self(windows)[:, None], deflection.argmax(dim=1, keepdim=True).to(torch.int64)


def locating(network: nn.Module, record: NetworkRecord) -> LocatingNetwork:
    """Return a network as engines take it: as it is where it finds its own evidence, else wrapped."""
    return cast("LocatingNetwork", network if record.evidence == "own" else WholeWindow(network))
