"""Whether a probability of 0.8 comes true eight times in ten, and what to divide logits by so that it does."""

import copy
from dataclasses import dataclass
from typing import Final, TypeVar

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray
from scipy import optimize, special
from torch import nn

from models.errors import DataError

BINS: Final = 10
STEEPEST, FLATTEST = 0.05, 20.0
"""Temperatures that are tried; if the classes are separated without error, the likelihood has no best one."""

Floats = NDArray[np.float64]
Network = TypeVar("Network", bound=nn.Module)


@dataclass(frozen=True, slots=True)
class Reliability:
    """Windows by their probability, in bins of equal width.

    `counts` (bins,) int64; `predicted` (bins,) mean probability and `observed` (bins,) share of positives, float64, NaN
    in an empty bin.
    """

    counts: NDArray[np.int64]
    predicted: Floats
    observed: Floats

    @property
    def expected_error(self) -> float:
        """Expected calibration error: mean distance of predicted and observed, by windows (Guo et al. 2017, Eq. 5)."""
        filled = self.counts > 0
        distances = np.abs(self.predicted - self.observed)[filled]
        return float((self.counts[filled] * distances).sum() / self.counts.sum())


def reliability(labels: ArrayLike, probabilities: ArrayLike, bins: int = BINS) -> Reliability:
    """Sort windows into bins [k / bins, (k + 1) / bins), the last one closed.

    Parameters
    ----------
    labels, probabilities
        (n,), 0 or 1 and within [0, 1].
    """
    truth, scores = np.asarray(labels, np.float64), np.asarray(probabilities, np.float64)
    # A probability of 1 belongs to the last bin.
    place = np.minimum((scores * bins).astype(np.int64), bins - 1)
    counts = np.bincount(place, minlength=bins)
    # 0/0 in an empty bin, which has no mean.
    with np.errstate(invalid="ignore"):
        predicted, observed = (np.bincount(place, values, bins) / counts for values in (scores, truth))
    return Reliability(counts, predicted, observed)


def temperature(logits: ArrayLike, labels: ArrayLike) -> float:
    """Return what to divide logits by for the greatest likelihood of the labels (Guo et al. 2017, 4.2).

    The likelihood is concave in the inverse of the temperature, so there is one best. Order, areas and the figures
    at a threshold that moves along stay as they are. It mends steepness alone: probabilities then hold where
    discharges are as frequent as in these windows, and training sets often have far more than a night has.

    Returns
    -------
    float
        Between STEEPEST and FLATTEST; above 1 where the network was too sure.

    Raises
    ------
    DataError
        When only one class is there: then every probability should be 0, or 1.
    """
    scores, truth = np.asarray(logits, np.float64), np.asarray(labels, np.float64)
    if not 0 < truth.sum() < len(truth):
        raise DataError("calibration needs windows with and without discharges; give a part that has both")

    def loss(inverse: float) -> float:
        # log(1 + exp(z)) - y z, in the form that does not overflow.
        return float(np.mean(np.logaddexp(0, inverse * scores) - truth * inverse * scores))

    found = optimize.minimize_scalar(loss, bounds=(1 / FLATTEST, 1 / STEEPEST), method="bounded")
    return float(1 / found.x)


def calibrated(logits: ArrayLike, divisor: float = 1.0) -> Floats:
    """Return probabilities (n,) float64 of logits (n,) at a temperature."""
    probabilities: Floats = special.expit(np.asarray(logits, np.float64) / divisor)
    return probabilities


def bake(network: Network, divisor: float) -> Network:
    """Return a copy whose logits are divided, by its head's weight and bias: no engine needs to know.

    The network is one with a `linear_head` (`models.networks.contract`). Where it finds its evidence stays as it was.
    """
    divided = copy.deepcopy(network)
    with torch.no_grad():
        for name in ("head.weight", "head.bias"):
            divided.get_parameter(name).div_(divisor)
    return divided
