"""The forward algorithm of a `SleepMLP` as it is written down, in torch: what every faster way is compared with."""

import torch
from torch import Tensor

from models.networks.sleep_mlp import SleepMLP


def predicted(network: SleepMLP, belief: Tensor) -> Tensor:
    """Return the belief (stages,) a step later, nothing seen."""
    return belief @ network.transition


def filtered(network: SleepMLP, belief: Tensor, features: Tensor) -> Tensor:
    """Return the belief (stages,) after a step in which features (features,) were seen."""
    # The classifier's own prior is divided out, because the forward filter brings one.
    likelihood = torch.softmax(network(features[None])[0], dim=0) / network.prior
    posterior = predicted(network, belief) * likelihood**network.weighting
    return posterior / posterior.sum()


def softened(network: SleepMLP, belief: Tensor) -> Tensor:
    """Return a belief (stages,) made as sure as it is right."""
    powers = belief ** (1 / network.temperature)
    return powers / powers.sum()
