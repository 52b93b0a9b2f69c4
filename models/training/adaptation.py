"""Adapt a verifier to one patient by a few judged events: its last layer alone, held near the weights it came with.

Twenty clicks cannot teach a network what a discharge is, but they can say which of what it finds are this patient's.
The layers below stay as they are, so that what the network computes of a candidate is computed once; the last layer, a
weight for each of its features, is fitted by one of iEDeaL's losses to the log odds of detector and verifier together.
Negatives are what was rejected, and candidates of the same recording that nobody saw as an event.

Ours. What it is worth, with which loss and after how many events, is measured by `python -m bench.adaptation`.
"""

import copy
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from models.datasets.counts import Counts
from models.networks.whole_head import WholeHead
from models.training import losses

AdaptationLoss = Literal["regularised_sasu", "sasu", "wbce", "bce"]
HELD: Final = 1.0
"""What holds the weights: half of this times their squared distance to those they came with, in the loss of one look.
On ten simulated patients 1 was at least as good as 3 and 10 for SaSu; for plain cross entropy they were alike."""
HELD_BIAS: Final = 0.1
"""The bias is held less: how often a patient has discharges is what differs most."""
STEPS: Final = 400
STEP_SIZE: Final = 0.02
"""Of Adam over all examples at once; it falls to 0. More steps changed nothing that a figure shows."""
FOLDS: Final = 5
FEWEST_OF_A_KIND: Final = 3
"""Accepted and rejected events each, below which held-out events say nothing of what is better."""

Floats = NDArray[np.float64]
Labels = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Looks:
    """What a verifier was shown of candidates: each is looked at a few times, at every hop as its surroundings come in.

    Attributes
    ----------
    features
        (n, hidden) float32: what the network's layers below the last find
    odds
        (n,) the detector's log odds
    times_s
        (n,) the candidate's peak in the recording, s
    """

    features: NDArray[np.float32]
    odds: Floats
    times_s: Floats

    def of(self, chosen: NDArray[np.bool_] | NDArray[np.int64]) -> "Looks":
        """Return some of them, by mask or index."""
        return Looks(self.features[chosen], self.odds[chosen], self.times_s[chosen])

    def verified(self, head: nn.Linear, weight: float) -> Floats:
        """Return the log odds (n,) of detector and verifier together, with a last layer."""
        with torch.inference_mode():
            logits = head(torch.from_numpy(self.features))[:, 0].double().numpy()
        total: Floats = self.odds + weight * logits
        return total


def joined(looks: Sequence[Looks]) -> Looks:
    """Return the looks of several recordings as one; `times_s` are then of their own recordings."""
    return Looks(
        np.concatenate([one.features for one in looks]),
        np.concatenate([one.odds for one in looks]),
        np.concatenate([one.times_s for one in looks]),
    )


@dataclass(frozen=True, slots=True)
class Judged:
    """Looks with what is known of them.

    Attributes
    ----------
    event
        (n,) which judged event a look belongs to, -1 for background
    true
        (events,) whether each event was accepted
    """

    looks: Looks
    event: NDArray[np.int64]
    true: NDArray[np.bool_]

    @property
    def labels(self) -> Labels:
        """(n,) 1 for what was accepted, 0 for what was rejected and for background."""
        # Background's -1 would take the last event's verdict.
        known = np.append(self.true, False)
        return known[self.event].astype(np.float64)

    def without(self, events: NDArray[np.int64]) -> "Judged":
        """Return it without the looks of some events."""
        kept = ~np.isin(self.event, events)
        return Judged(self.looks.of(kept), self.event[kept], self.true)


def adapted(head: nn.Linear, judged: Judged, weight: float, loss: AdaptationLoss) -> nn.Linear:
    """Return the last layer adapted to judged events; the one that is given is not changed.

    Parameters
    ----------
    head
        the verifier's last layer
    weight
        what the verifier's log odds are multiplied by before they are added to the detector's

    Raises
    ------
    ModelsError
        if there is no positive or no negative
    """
    labels = judged.labels
    positives = int(labels.sum())
    counted = losses.build(loss, Counts(positives, len(labels) - positives))
    # The bias as one more weight, of a feature that is always 1: one tensor to move is quicker than two.
    features = torch.from_numpy(np.pad(judged.looks.features, ((0, 0), (0, 1)), constant_values=1.0)).double()
    first = torch.cat([head.weight.detach()[0], head.bias.detach()]).double()
    come = torch.from_numpy(judged.looks.odds) + weight * (features @ first)
    moved = first + _moves(counted, weight * features, come, torch.from_numpy(labels))
    result = copy.deepcopy(head)
    with torch.no_grad():
        result.weight[0] = moved[:-1]
        result.bias[0] = moved[-1]
    return result


def _moves(loss: losses.Loss, features: Tensor, come: Tensor, labels: Tensor) -> Tensor:
    """Return by how much the weights (hidden + 1,) move, of looks (n, hidden + 1) whose log odds come as (n,)."""
    by = torch.zeros(features.shape[1], dtype=features.dtype, requires_grad=True)
    held = torch.full_like(by, HELD / 2, requires_grad=False)
    held[-1] *= HELD_BIAS
    optimiser = torch.optim.Adam([by], lr=STEP_SIZE)
    for step in range(STEPS):
        optimiser.param_groups[0]["lr"] = STEP_SIZE * (1 - step / STEPS)
        optimiser.zero_grad()
        # The sum and not the mean: with more clicks, what holds the weights counts less.
        total = loss(come + features @ by, labels) * len(labels) + (held * by**2).sum()
        torch.autograd.backward(total)
        optimiser.step()
    return by.detach()


@dataclass(frozen=True, slots=True)
class HeldOut:
    """How well accepted events stand above rejected ones: the share of pairs, by the model as it was and as adapted.

    Each event was judged by weights that had not seen it; NaN where there are too few of a kind.
    """

    before: float
    after: float

    @property
    def verdict(self) -> Literal["better", "not better", "too few"]:
        """What held-out events say."""
        if np.isnan(self.after):
            return "too few"
        return "better" if self.after > self.before else "not better"


def held_out(head: nn.Linear, judged: Judged, weight: float, loss: AdaptationLoss, seed: int = 1) -> HeldOut:
    """Adapt without a part of the events, judge that part, and so on until each event was held out once."""
    events = len(judged.true)
    if min(judged.true.sum(), events - judged.true.sum()) < FEWEST_OF_A_KIND:
        return HeldOut(float("nan"), float("nan"))
    after = np.zeros(events)
    for fold in _folds(judged.true, seed):
        layer = adapted(head, judged.without(fold), weight, loss)
        after[fold] = _of_events(judged, layer, weight)[fold]
    return HeldOut(_above(_of_events(judged, head, weight), judged.true), _above(after, judged.true))


def _folds(true: NDArray[np.bool_], seed: int) -> list[NDArray[np.int64]]:
    """Return events in FOLDS parts, each with its share of accepted ones."""
    rng = np.random.default_rng(seed)
    kinds = [rng.permutation(np.flatnonzero(true == kind)) for kind in (True, False)]
    order = np.concatenate(kinds)
    return [order[start::FOLDS] for start in range(FOLDS)]


def _of_events(judged: Judged, head: nn.Linear, weight: float) -> Floats:
    """Return each event's highest log odds (events,): the first look that reaches a threshold reports it."""
    highest = np.full(len(judged.true), -np.inf)
    of_events = judged.event >= 0
    np.maximum.at(highest, judged.event[of_events], judged.looks.verified(head, weight)[of_events])
    return highest


def _above(odds: Floats, true: NDArray[np.bool_]) -> float:
    pairs = odds[true][:, None] - odds[~true][None, :]
    return float((pairs > 0).mean() + (pairs == 0).mean() / 2)


class Features:
    """What a verifier's layers below the last find in one candidate at a time; the last of them is kept."""

    def __init__(self, network: WholeHead) -> None:
        self._network = network.eval()
        self.last = np.zeros(network.head.in_features, np.float32)

    def __call__(self, surroundings: NDArray[np.float32]) -> float:
        """Return the log odds, as a verifier's network does, and keep the features."""
        with torch.inference_mode():
            found = self._network.features(torch.from_numpy(surroundings[None]))
            self.last = found[0].numpy()
            return float(self._network.head(found)[0, 0])
