"""Calibrates a stager's confidence: the temperature of its beliefs, by how often it was right on held-out people.

Epochs overlap, and a network errs the same way for minutes, so that a filter which takes each answer for new evidence
believes far more than comes true. Beliefs are carried on as they are and softened where they are published: the
logarithms divided by the temperature of least cross entropy (Guo et al. 2017, ICML). No stage changes by it.
"""

from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray

from models.networks.sleep_mlp import SleepMLP
from models.sleep.context_data import Labelled

Float64 = NDArray[np.float64]

TEMPERATURES: Final = np.exp(np.linspace(np.log(0.5), np.log(20.0), 60))
BINS: Final = 10


class Reliability(NamedTuple):
    """Share of stages that are right, mean confidence, and expected calibration error: ten bins of equal width."""

    right: float
    confidence: float
    error: float


def reliability(beliefs: Float64, stages: NDArray[np.int64]) -> Reliability:
    """Return how far beliefs (n, stages) keep what they promise of stages (n,)."""
    sure, right = beliefs.max(axis=1), beliefs.argmax(axis=1) == stages
    bins = np.minimum((sure * BINS).astype(int), BINS - 1)
    apart = np.abs(np.bincount(bins, right, BINS) - np.bincount(bins, sure, BINS)).sum()
    return Reliability(float(right.mean()), float(sure.mean()), float(apart / len(stages)))


@torch.no_grad()
def beliefs_of(network: SleepMLP, people: Sequence[Labelled]) -> Float64:
    """Return the forward filter's beliefs (n, stages) along all people, one after the other, before they are softened.

    People of one length go through together; what comes out is the forward algorithm's, step by step.
    """
    logits = [network(torch.from_numpy(one.features).float()).double().numpy() for one in people]
    found: dict[int, Float64] = {}
    for length in {len(one) for one in logits}:
        chosen = [at for at, one in enumerate(logits) if len(one) == length]
        found |= dict(zip(chosen, _filtered(network, np.stack([logits[at] for at in chosen])), strict=True))
    return np.concatenate([found[at] for at in range(len(logits))])


def _filtered(network: SleepMLP, logits: Float64) -> Float64:
    transition, prior = network.transition.double().numpy(), network.prior.double().numpy()
    evidence = network.weighting * (logits - logits.max(axis=2, keepdims=True) - np.log(prior))
    belief, found = np.tile(prior, (len(logits), 1)), np.empty_like(logits)
    for step in range(logits.shape[1]):
        belief = belief @ transition * np.exp(evidence[:, step])
        belief /= belief.sum(axis=1, keepdims=True)
        found[:, step] = belief
    return found


def softened(beliefs: Float64, temperature: float) -> Float64:
    """Return beliefs (n, stages) made less sure, by a temperature above 1; the order of the stages stays."""
    powers = beliefs ** (1 / temperature)
    return np.asarray(powers / powers.sum(axis=1, keepdims=True))


def best_temperature(beliefs: Float64, stages: NDArray[np.int64]) -> float:
    """Return the temperature at which beliefs (n, stages) have the least cross entropy with stages (n,)."""
    rows = np.arange(len(stages))

    def loss(temperature: float) -> float:
        # No stage has probability 0: one such probability would decide alone.
        return float(-np.log(softened(beliefs, temperature)[rows, stages] + 1e-9).mean())

    return float(min(TEMPERATURES, key=loss))
