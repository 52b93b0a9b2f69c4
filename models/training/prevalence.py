"""Probabilities for a world in which discharges are rarer than in the training windows.

Plain cross entropy learns the probability of a discharge at the share of positives that it was shown. Where that share
is another, Bayes' rule moves every log-odds by the same number: order and areas stay, probabilities hold again, and
thresholds no longer crowd below 1. Source: Saerens, Latinne & Decaestecker 2002, Neural Computation 14:21, eq. 2.4.
"""

import copy
import math
from typing import Final

import torch
from torch import nn

from models.errors import TrainingError

OUTPUT: Final = "head"  # the layer of one unit that a network ends with


def check(network: nn.Module) -> None:
    """Raise TrainingError for a network whose bias cannot be moved."""
    if not isinstance(getattr(network, OUTPUT, None), nn.Linear):
        found = type(network).__name__
        raise TrainingError(f"recipe: live_prevalence moves the bias of a last layer; {found} has none")


def log_odds(share: float) -> float:
    """Return the logarithm of the odds of a share in (0, 1)."""
    return math.log(share / (1 - share))


def shifted(network: nn.Module, trained: float, live: float) -> nn.Module:
    """Return a copy of a network trained at one share of positives, for another.

    b' = b + log-odds(live) - log-odds(trained), b the bias of the last layer.
    """
    check(network)
    # A copy: the training's own weights are still compared and saved as they were learned.
    copied = copy.deepcopy(network)
    with torch.no_grad():
        copied.get_parameter(f"{OUTPUT}.bias").add_(log_odds(live) - log_odds(trained))
    return copied
