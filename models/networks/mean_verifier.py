"""The mean of some verifiers as one network, so that all that is known of one verifier holds for their mean too.

Trainings that differ in seed and candidates err differently where evidence is faint. What the mean is worth, and what
it costs, stands in docs/training.md.
"""

from collections.abc import Sequence
from typing import cast

import torch
from torch import Tensor

from models.networks.whole_head import MEASURES, VIEWS, Trunk, WholeHead


def mean_of(verifiers: Sequence[WholeHead]) -> WholeHead:
    """Return the network whose log odds are the mean of the verifiers', up to rounding.

    Parameters
    ----------
    verifiers
        of one size, each of one member and without a patient's examples

    Raises
    ------
    ValueError
        for other ones
    """
    first = verifiers[0]
    hidden, features = first.head.in_features, cast("Trunk", first.trunk).first.out_channels
    alone = WholeHead(first.channels, width=features, hidden=hidden)
    weights = [one.state_dict() for one in verifiers]
    if any(_shapes(own) != _shapes(alone.state_dict()) for own in weights):
        raise ValueError("takes verifiers of one size, of one member each and without a patient's examples")
    mean = WholeHead(first.channels, width=features, hidden=hidden, members=len(verifiers))
    mean.load_state_dict({name: _together(name, [own[name] for own in weights]) for name in weights[0]})
    return mean.eval()


def _shapes(weights: dict[str, Tensor]) -> dict[str, torch.Size]:
    return {name: values.shape for name, values in weights.items()}


def _together(name: str, own: list[Tensor]) -> Tensor:
    """Return one parameter of the mean, by that of each member."""
    match name:
        case "judge.0.weight":
            return _by_views(own)
        case "judge.3.weight":
            return _apart(own)
        case "head.weight":
            return torch.cat(own, dim=1) / len(own)
        case "head.bias":
            return torch.stack(own).mean(dim=0)
        case _:
            return torch.cat(own)


def _by_views(own: list[Tensor]) -> Tensor:
    """Return the weights of views and measures; the measures are the same for all members."""
    views = _apart([weight[:, :-MEASURES] for weight in own], VIEWS)
    return torch.cat([views, torch.cat([weight[:, -MEASURES:] for weight in own])], dim=1)


def _apart(own: list[Tensor], views: int = 1) -> Tensor:
    """Return weights by which no member sees another; a view has the features of one member after the other."""
    members, hidden = len(own), len(own[0])
    apart = torch.zeros(members, hidden, views, members, own[0].shape[1] // views)
    for number, weight in enumerate(own):
        apart[number, :, :, number] = weight.reshape(hidden, views, -1)
    return apart.reshape(members * hidden, -1)
