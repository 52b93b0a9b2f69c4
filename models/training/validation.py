"""A network's probabilities and features of windows on disk, read batch by batch, and figures of merit."""

from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass
from typing import Final, cast

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from models.datasets.windowset import Indices
from models.errors import TrainingError
from models.evaluation import metrics
from models.networks.contract import TwoTaskNetwork
from models.training.batches import BatchLoader, unvaried
from models.training.device import autocast
from models.training.network import pooled_features
from models.training.recipe_values import Precision, Threshold

BEST: Final = -1.0
"""Stands for the threshold with the best F-beta."""
ASKED: Final[Mapping[Threshold, float]] = {"half": metrics.THRESHOLD, "validation": BEST}
"""By a recipe's `threshold`."""


@dataclass(frozen=True, slots=True)
class Predictor:
    """Runs a network over windows without learning from them."""

    network: nn.Module
    loader: BatchLoader
    device: torch.device
    precision: Precision

    def probabilities(self, indices: Indices) -> NDArray[np.float32]:
        """Return the probability of a discharge (n,) in each window."""
        return self._run(indices, lambda windows: torch.sigmoid(self.network(windows).float()))

    def sleep_logits(self, indices: Indices) -> NDArray[np.float32]:
        """Return the logits of sleep (n, classes) in each window, of a network that scores both."""
        network = cast("TwoTaskNetwork", self.network)
        return self._run(indices, lambda windows: network.both(windows)[1].float())

    def features(self, indices: Indices) -> NDArray[np.float32]:
        """Return pooled features (n, width) of each window."""
        return self._run(indices, lambda windows: pooled_features(self.network, windows).float())

    @torch.no_grad()
    def _run(self, indices: Indices, compute: Callable[[Tensor], Tensor]) -> NDArray[np.float32]:
        # Dropout off; the next training step switches it on again.
        self.network.eval()
        found: list[NDArray[np.float32]] = []
        with closing(self.loader.epoch(indices, 0, unvaried)) as batches:
            for batch in batches:
                with autocast(self.device, self.precision):
                    result = compute(batch.windows)
                found.append(result.cpu().numpy())
        return np.concatenate(found)


@dataclass(frozen=True, slots=True)
class Measures:
    """How well the two classes were separated; the first four at `threshold`."""

    f1: float
    f_beta: float
    precision: float
    recall: float
    auroc: float
    auprc: float
    threshold: float


def measures(
    labels: NDArray[np.uint8], probabilities: NDArray[np.float32], beta: float, threshold: float = metrics.THRESHOLD
) -> Measures:
    """Return the figures of merit of probabilities (n,); at the threshold with the best F-beta where it is BEST.

    Raises
    ------
    TrainingError
        if a probability is not finite
    """
    # Infinite weights pass every check of the last step: the first to see them is validation.
    if not np.isfinite(probabilities).all():
        raise TrainingError(
            "the network gives probabilities that are not finite: training has diverged; lower learning_rate"
        )
    if threshold == BEST:
        threshold = metrics.best_threshold(labels, probabilities, beta)
    at = metrics.confusion(labels, probabilities, threshold)
    auroc, auprc = metrics.auroc(labels, probabilities), metrics.auprc(labels, probabilities)
    return Measures(at.f_beta(), at.f_beta(beta), at.precision, at.recall, auroc, auprc, threshold)
