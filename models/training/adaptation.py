"""Adapt a verifier to one patient by a few judged events: candidates like accepted ones gain, those like others lose.

Twenty clicks cannot teach a network what a discharge is, but a patient's discharges look much the same each time, and
so do the artefacts that are taken for them. The network stays as it is; judged events and candidates that nobody saw as
an event are kept in it as examples (`models.networks.likeness`), each with a weight that is fitted by one of iEDeaL's
losses to the log odds of detector and verifier together. What resembles no example is judged as before.

Ours: a Gaussian process, whose mean is the model as it was and whose covariance the likeness (Rasmussen and Williams
2006, section 3.4, for cross entropy). What it is worth, with which loss and after how many events, is measured by
`python -m bench.adaptation`, and so is what the last layer's weights, moved by the same losses, were worth less.
"""

import copy
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from models.datasets.counts import Counts
from models.networks.likeness import COURSE, Likeness, alike, placed
from models.networks.whole_head import WholeHead
from models.training import losses
from models.training.looks import Judged

AdaptationLoss = Literal["regularised_sasu", "sasu", "wbce", "bce"]
FREE: Final = 40.0
"""Variance of what examples may add to a candidate's log odds before anything is judged: the more, the less the model
as it was holds them. 20 and 100 were as good on the half of `bench.adaptation`'s patients on which it was chosen."""
STEPS: Final = 400
STEP_SIZE: Final = 0.05
"""Of Adam over all examples at once; it falls to 0. More steps changed nothing that a figure shows."""
JITTER: Final = 1e-6
"""Of the covariance's diagonal: two looks at one candidate may be the same to the last digit."""
FOLDS: Final = 5
SEED: Final = 1
FEWEST_OF_A_KIND: Final = 3
"""Accepted and rejected events each, below which held-out events say nothing of what is better."""

Floats = NDArray[np.float64]


def adapted(network: WholeHead, judged: Judged, weight: float, loss: AdaptationLoss) -> WholeHead:
    """Return the verifier with judged looks as its examples; the one that is given is not changed.

    Parameters
    ----------
    network
        a verifier that has no examples
    weight
        what the verifier's log odds are multiplied by before they are added to the detector's

    Raises
    ------
    ModelsError
        if there is no positive or no negative
    """
    labels, looks = judged.labels, judged.looks
    positives = int(labels.sum())
    counted = losses.build(loss, Counts(positives, len(labels) - positives))
    examples = placed(torch.from_numpy(looks.shapes), torch.from_numpy(looks.places))
    # In double precision: rounded, the covariance of nearly equal looks is not positive definite.
    covariance = FREE * alike(examples.double(), examples.double())
    come = torch.from_numpy(looks.verified(network, weight))
    result = copy.deepcopy(network)
    result.channels = looks.shapes.shape[1] - COURSE
    result.own = Likeness(len(examples), result.channels)
    result.own.examples.copy_(examples)
    result.own.weights.copy_(FREE / weight * _weights(counted, covariance, come, torch.from_numpy(labels)))
    return result.eval()


def _weights(loss: losses.Loss, covariance: Tensor, come: Tensor, labels: Tensor) -> Tensor:
    """Return the weight (n,) of each look whose log odds come as (n,); what they add is covariance @ weights."""
    root = torch.linalg.cholesky(covariance + JITTER * torch.eye(len(come), dtype=come.dtype))
    # In these coordinates the prior is the same in every direction, and a step moves alike looks together.
    by = torch.zeros_like(come, requires_grad=True)
    optimiser = torch.optim.Adam([by], lr=STEP_SIZE)
    for step in range(STEPS):
        optimiser.param_groups[0]["lr"] = STEP_SIZE * (1 - step / STEPS)
        optimiser.zero_grad()
        # The sum and not the mean: with more clicks, what holds the examples counts less.
        total = loss(come + root @ by, labels) * len(labels) + (by**2).sum() / 2
        torch.autograd.backward(total)
        optimiser.step()
    # At the minimum, a look's weight is the gradient of its own loss; solving for it would lose it in rounding.
    added = (root @ by).detach().requires_grad_()
    [slope] = torch.autograd.grad(loss(come + added, labels) * len(labels), added)
    weights: Tensor = -slope
    return weights


@dataclass(frozen=True, slots=True)
class HeldOut:
    """How well accepted events stand above rejected ones: the share of pairs, by the model as it was and as adapted.

    Each event was judged by a model that had not seen it; NaN where there are too few of a kind.
    """

    before: float
    after: float

    @property
    def verdict(self) -> Literal["better", "not better", "too few"]:
        """What held-out events say."""
        if np.isnan(self.after):
            return "too few"
        return "better" if self.after > self.before else "not better"


def held_out(network: WholeHead, judged: Judged, weight: float, loss: AdaptationLoss) -> HeldOut:
    """Adapt without a part of the events, judge that part, and so on until each event was held out once."""
    events = len(judged.true)
    if min(judged.true.sum(), events - judged.true.sum()) < FEWEST_OF_A_KIND:
        return HeldOut(float("nan"), float("nan"))
    after = np.zeros(events)
    for fold in _folds(judged.true):
        own = adapted(network, judged.without(fold), weight, loss)
        after[fold] = _of_events(judged, own, weight)[fold]
    return HeldOut(_above(_of_events(judged, network, weight), judged.true), _above(after, judged.true))


def _folds(true: NDArray[np.bool_]) -> list[NDArray[np.int64]]:
    """Return events in FOLDS parts, each with its share of accepted ones."""
    rng = np.random.default_rng(SEED)
    kinds = [rng.permutation(np.flatnonzero(true == kind)) for kind in (True, False)]
    order = np.concatenate(kinds)
    return [order[start::FOLDS] for start in range(FOLDS)]


def _of_events(judged: Judged, network: WholeHead, weight: float) -> Floats:
    """Return each event's highest log odds (events,): the first look that reaches a threshold reports it."""
    highest = np.full(len(judged.true), -np.inf)
    of_events = judged.event >= 0
    np.maximum.at(highest, judged.event[of_events], judged.looks.verified(network, weight)[of_events])
    return highest


def _above(odds: Floats, true: NDArray[np.bool_]) -> float:
    pairs = odds[true][:, None] - odds[~true][None, :]
    return float((pairs > 0).mean() + (pairs == 0).mean() / 2)
