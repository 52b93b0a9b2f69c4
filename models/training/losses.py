"""The losses that iEDeaL compares, on logits: f is the probability sigmoid(logit), y the target in {0, 1}.

Source: iEDeaL, sections 4.2 and 4.3; qtwang/iEDeaL `model/loss.py` and `util/train.py`. Every loss is the mean over
the batch of y P(logit) + (1 - y) N(logit), with a class's own P and N; targets in between are mixtures.

Differs from the official code, for all losses: computed from logits, so that nothing overflows and no 1e-7 has to be
added to f; a batch's weights are never kept in the loss.

Checked against: float64 NumPy from the formulas, finite differences (tests/models/training/test_losses.py).
"""

import inspect
import math
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Literal

import torch
from torch import Tensor
from torch.nn.functional import logsigmoid

from models.datasets.counts import Counts
from models.errors import ModelsError

Negatives = Literal["all", "balanced", "effective"]
# Which negatives an epoch draws with each loss: all n0, n1 of them at random, or E(n0) at random (iEDeaL, Table 3 and
# the official code's configurations).
NEGATIVES: Final[dict[str, Negatives]] = {
    "bce": "all",
    "bbce": "balanced",
    "wbce": "all",
    "ewbce": "effective",
    "focal": "all",
    "sf": "all",
    "sasu": "effective",
    "regularised_sasu": "effective",
}


class Loss(ABC):
    """A loss of logits and targets."""

    @abstractmethod
    def of_positives(self, logits: Tensor) -> Tensor:
        """Return P (n,), the loss that each window would have as a positive."""

    @abstractmethod
    def of_negatives(self, logits: Tensor) -> Tensor:
        """Return N (n,), the loss that each window would have as a negative."""

    def __call__(self, logits: Tensor, targets: Tensor) -> Tensor:
        """Return the batch's mean (): logits (n,) any float, targets (n,) of the same type. May be below zero."""
        return (targets * self.of_positives(logits) + (1 - targets) * self.of_negatives(logits)).mean()


@dataclass(frozen=True, slots=True)
class BCE(Loss):
    """Weighted cross entropy: - w1 y log f - w0 (1 - y) log(1 - f); both weights 1 is plain cross entropy."""

    positive_weight: float = 1.0
    negative_weight: float = 1.0

    def of_positives(self, logits: Tensor) -> Tensor:
        """- w1 log f."""
        return -self.positive_weight * logsigmoid(logits)

    def of_negatives(self, logits: Tensor) -> Tensor:
        """- w0 log(1 - f)."""
        return -self.negative_weight * logsigmoid(-logits)


@dataclass(frozen=True, slots=True)
class Focal(Loss):
    """Focal loss: - (1 - f)**g y log f - f**g (1 - y) log(1 - f).

    Source: Lin et al., ICCV 2017. Differs from that paper: no class weight, and with `detached` (as iEDeaL) no
    gradient flows through the factors (1 - f)**g and f**g; `detached=False` is Lin's.
    """

    gamma: float = 2.0
    detached: bool = True

    def of_positives(self, logits: Tensor) -> Tensor:
        """- (1 - f)**g log f."""
        return -probability_power(-logits, self.gamma, detached=self.detached) * logsigmoid(logits)

    def of_negatives(self, logits: Tensor) -> Tensor:
        """- f**g log(1 - f)."""
        return -probability_power(logits, self.gamma, detached=self.detached) * logsigmoid(-logits)


@dataclass(frozen=True, slots=True)
class SF(Loss):
    """Surrogate of F-beta: - y log f + (1 - y) log(c + f).

    Source: Lee, Yang & Yoo, arXiv 2104.01459; iEDeaL, equation of SaSu. Its gradient in f is -1/f for a positive and
    1/(c + f) for a negative, hence at most 1/c. Negative values are ordinary: log c < 0 for rare positives.
    """

    offset: float

    def of_positives(self, logits: Tensor) -> Tensor:
        """- log f."""
        return -logsigmoid(logits)

    def of_negatives(self, logits: Tensor) -> Tensor:
        """log(c + f), as log(exp(log c) + exp(log f))."""
        log_offset = torch.full_like(logits, math.log(self.offset))
        return torch.logaddexp(log_offset, logsigmoid(logits))


@dataclass(frozen=True, slots=True)
class SaSu(Loss):
    """Sampling-based surrogate: - (1 - f*)**g1 y log f + (f*)**g0 (1 - y) log(c + f), f* being f.

    Source: iEDeaL, section 4.3. Both powers 0 is SaSu itself, 1/2 the regularised default. No gradient flows through
    f* when `detached`. When not, a negative's loss is least at an f above 0 (c = 0.025: at 0.15), and rare positives
    are given up: tests/models/training/test_lemma_1.py, which also says how near F-beta's best SaSu stops and where
    not. Differs from the official code: regularised by default, as in the paper.
    """

    offset: float
    positive_gamma: float = 0.5
    negative_gamma: float = 0.5
    detached: bool = True

    def of_positives(self, logits: Tensor) -> Tensor:
        """- (1 - f*)**g1 log f."""
        factor = probability_power(-logits, self.positive_gamma, detached=self.detached)
        return factor * SF(self.offset).of_positives(logits)

    def of_negatives(self, logits: Tensor) -> Tensor:
        """(f*)**g0 log(c + f)."""
        factor = probability_power(logits, self.negative_gamma, detached=self.detached)
        return factor * SF(self.offset).of_negatives(logits)


def probability_power(logits: Tensor, power: float, *, detached: bool) -> Tensor:
    """Return sigmoid(logits)**power (n,); finite in value and gradient however small the probability."""
    factor = torch.exp(power * logsigmoid(logits))
    return factor.detach() if detached else factor


def offset(counts: Counts, beta: float = 1.0) -> float:
    """Return c = beta**2 n1 / n0 of the whole training set.

    The paper writes c = beta**2 p1s / (alpha (1 - p1s)) with p1s = n1 / ns and alpha = n0 / n0s of a sample of ns
    windows; n0s cancels, so neither sampling nor a curriculum changes it. beta = 2 favours recall (the paper's text
    says precision, its equation 1 recall).
    """
    if not beta > 0:
        raise ModelsError(f"beta is {beta}; F-beta needs a number above 0")
    return beta**2 * counts.imbalance


def balanced_weights(positives: int, negatives: int, normalise_to: float = 2.0) -> BCE:
    """Cross entropy with weights as 1 / n1 and 1 / n0 whose sum is `normalise_to`.

    2 as in the paper; the official code has 1, which halves the effective learning rate.
    """
    total = positives + negatives
    return BCE(normalise_to * negatives / total, normalise_to * positives / total)


def _bce(counts: Counts) -> Loss:  # noqa: ARG001
    return BCE()


def _wbce(counts: Counts, *, normalise_to: float = 2.0) -> Loss:
    return balanced_weights(counts.positives, counts.negatives, normalise_to)


def _focal(counts: Counts, *, gamma: float = 2.0, detached: bool = True) -> Loss:  # noqa: ARG001
    return Focal(gamma, detached)


def _sf(counts: Counts, *, beta: float = 1.0) -> Loss:
    return SF(offset(counts, beta))


def _sasu(counts: Counts, *, beta: float = 1.0) -> Loss:
    return SaSu(offset(counts, beta), 0.0, 0.0)


def _regularised_sasu(
    counts: Counts,
    *,
    beta: float = 1.0,
    positive_gamma: float = 0.5,
    negative_gamma: float = 0.5,
    detached: bool = True,
) -> Loss:
    return SaSu(offset(counts, beta), positive_gamma, negative_gamma, detached)


_MAKERS: Final[dict[str, Callable[..., Loss]]] = {
    "bce": _bce,
    "bbce": _bce,
    "wbce": _wbce,
    "ewbce": _wbce,
    "focal": _focal,
    "sf": _sf,
    "sasu": _sasu,
    "regularised_sasu": _regularised_sasu,
}


def build(name: str, counts: Counts, drawn: int = 0, /, **options: float) -> Loss:
    """Return a loss by name for a training set of which an epoch draws `drawn` negatives, 0 for the loss's own number.

    Options: `beta` of sf, sasu, regularised_sasu; `normalise_to` of wbce, ewbce; `gamma` and `detached` of focal;
    `positive_gamma`, `negative_gamma` and `detached` of regularised_sasu. An unknown name or option raises ModelsError.
    """
    if name not in _MAKERS:
        raise ModelsError(f"no loss {name!r}; there are {', '.join(_MAKERS)}")
    known = set(inspect.signature(_MAKERS[name]).parameters) - {"counts"}
    if unknown := sorted(set(options) - known):
        raise ModelsError(
            f"loss {name!r} has no option {', '.join(unknown)}; it has {', '.join(sorted(known)) or 'none'}"
        )
    if name == "ewbce":
        # Its weights are those of what an epoch sees; SaSu's offset stays that of the whole set.
        counts = Counts(counts.positives, drawn or negatives_per_epoch(name, counts))
    return _MAKERS[name](counts, **options)


def negatives_per_epoch(name: str, counts: Counts) -> int:
    """Return how many negatives an epoch draws with a loss, before any curriculum."""
    if name not in NEGATIVES:
        raise ModelsError(f"no loss {name!r}; there are {', '.join(NEGATIVES)}")
    return {
        "all": counts.negatives,
        "balanced": min(counts.positives, counts.negatives),
        "effective": counts.effective_negatives,
    }[NEGATIVES[name]]
