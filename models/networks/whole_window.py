"""A network that only scores, made ready for engines, which also want to know where in a window the evidence lies.

Such a network cannot be asked where. What stands for its answer is the window's largest deflection: of whatever made
the network answer, an interictal discharge is nearly always the largest, and `models.detection.sightings` refines every
peak to the largest deflection near it anyway. Where a blink or a pop lies in the same window the place is wrong, though
the score is not.
"""

from typing import cast

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from models.networks.contract import LocatingNetwork, Network, NetworkRecord, TwoTaskNetwork, context_samples


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


class TwoTaskWindow(WholeWindow):
    """Puts the logits of sleep behind that of a discharge, so that an engine gives both of one pass.

    Engines know no classes: what they make of each logit is its logistic, which `class_probabilities` takes back.
    """

    def __init__(self, network: nn.Module) -> None:
        super().__init__(network)
        self.spans = 1 + cast("TwoTaskNetwork", network).sleep_classes

    def evidence(self, windows: Tensor) -> tuple[Tensor, Tensor]:
        """Score windows; see WholeWindow.

        Returns
        -------
        tuple[Tensor, Tensor]
            Logits, of a discharge first, and peaks, all of them that of the discharge: (n, 1 + classes) both.
        """
        discharge, sleep = cast("TwoTaskNetwork", self.network).both(windows)
        deflection = (windows - windows.mean(dim=2, keepdim=True)).abs().amax(dim=1)
        peaks = deflection.argmax(dim=1, keepdim=True).to(torch.int64)
        return torch.cat([discharge[:, None], sleep], dim=1), peaks.expand(-1, self.spans)


def class_probabilities(logistics: NDArray[np.float32]) -> NDArray[np.float64]:
    """Return the softmax (n, classes) of logits of which the logistics (n, classes) are given."""
    # odds = exp(logit); a logistic of 1 would have none.
    bounded = np.clip(logistics.astype(np.float64), 1e-7, 1 - 1e-7)
    odds = bounded / (1 - bounded)
    return np.asarray(odds / odds.sum(axis=1, keepdims=True))


def locating(network: nn.Module, record: NetworkRecord, *, both: bool = False) -> LocatingNetwork:
    """Return a network as engines take it: as it is where it finds its own evidence, else wrapped.

    `both`: with the logits of sleep, of a network for two tasks.
    """
    if both:
        return TwoTaskWindow(network)
    return cast("LocatingNetwork", network if record.evidence == "own" else WholeWindow(network))
