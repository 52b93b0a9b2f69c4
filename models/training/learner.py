"""One optimiser step, and the sums that are read from it."""

from dataclasses import dataclass
from typing import Final, cast

import numpy as np
import torch
from torch import Tensor, nn

from models.datasets.counts import Counts
from models.errors import ModelsError, TrainingError
from models.networks.contract import TwoTaskNetwork
from models.training import losses, optimisers
from models.training.averaging import Average
from models.training.batches import Batch
from models.training.checkpoint import Checkpoint, StepSums
from models.training.device import autocast
from models.training.losses import BCE, Loss
from models.training.recipe import Recipe
from models.training.schedule import Phase, sampled_negatives
from models.training.two_task import sleep_loss, targets_for

THRESHOLD_LOGIT: Final = 0.0  # probability 0.5, at which a window is called positive (`models.detection.threshold`)
WITH_BETA: Final = frozenset({"sf", "sasu", "regularised_sasu"})


@dataclass(frozen=True, slots=True)
class StepIndex:
    """Where in a training a step is: `number` of the epoch, PreBCE's counted too, and of the batch."""

    number: int
    batch: int
    learning_rate: float


def loss_for(phase: Phase, recipe: Recipe, counts: Counts) -> Loss:
    """Return a phase's loss: plain cross entropy for PreBCE, then the recipe's, made from the whole part's counts.

    Raises
    ------
    TrainingError
        if there is no such loss, or it has no such option
    """
    if phase == "pre_bce":
        return BCE()
    beta = {"beta": recipe.beta} if recipe.loss in WITH_BETA else {}
    try:
        drawn = sampled_negatives(recipe, counts)
        return losses.build(recipe.loss, counts, drawn, **recipe.loss_options, **beta)
    except (ModelsError, TypeError) as problem:
        raise TrainingError(f"recipe: {problem}") from None


class Learner:
    """A network, its optimiser and how they take a step."""

    def __init__(self, network: nn.Module, recipe: Recipe, device: torch.device) -> None:
        self.network = network.to(device)
        self.optimiser = optimisers.build(recipe.optimiser, network)
        self.average = Average(recipe.average_decay)
        self._recipe, self._device = recipe, device

    def step(self, batch: Batch, loss: Loss, index: StepIndex) -> StepSums:
        """Take one step; return its sums.

        What dropout leaves out is a function of the seed and the step's index alone.

        Raises
        ------
        TrainingError
            if the loss or a gradient is not finite
        """
        self.network.train()
        # Seeded anew at every step, so that a checkpoint needs no state of random numbers.
        torch.manual_seed(_seed(self._recipe.seed, index))
        optimisers.set_learning_rate(self.optimiser, index.learning_rate)
        logits, second = self._scored(batch)
        value = loss(logits, self._smoothed(batch.targets)) + second
        self.optimiser.zero_grad()
        torch.autograd.backward(value)
        norm = self._clip()
        # Before the optimiser moves: a step that is not finite must leave the weights as they were.
        sums = _step_sums(value.detach(), norm, logits.detach(), batch.targets, index)
        self.optimiser.step()
        self.average.update(self.network)
        return sums

    def restore(self, found: Checkpoint) -> None:
        """Go on from a checkpoint."""
        self.network.load_state_dict(found.named("network"))
        self.average.restore(self.network, found.named("average"))
        optimisers.restore(self.optimiser, found.named("optimiser"))

    @property
    def evaluated(self) -> nn.Module:
        """The network to validate and keep: with averaged weights where the recipe asks for them."""
        return self.average.of(self.network)

    def _smoothed(self, targets: Tensor) -> Tensor:
        # Not used for the sums of a step, which count windows of either class.
        return targets + self._recipe.label_smoothing * (0.5 - targets)

    def _scored(self, batch: Batch) -> tuple[Tensor, Tensor]:
        """Return logits (n,), and the loss of the second task, 0 where the recipe does not train it."""
        weight = self._recipe.sleep_weight
        with autocast(self._device, self._recipe.precision):
            if not weight:
                logits = self.network(batch.windows)
                # The loss in float32: in bfloat16 the mean over 256 windows would lose its third digit.
                return logits.float(), torch.zeros((), device=self._device)
            logits, sleep = cast("TwoTaskNetwork", self.network).both(batch.windows)
        return logits.float(), weight * sleep_loss(sleep.float(), targets_for(sleep, batch.stages))

    def _clip(self) -> Tensor:
        """Shorten the gradient to the recipe's norm; return the norm that it had."""
        # Without a limit it still runs: its norm is the one number that shows a gradient which is not finite.
        limit = self._recipe.clip_norm or float("inf")
        return nn.utils.clip_grad_norm_(self.network.parameters(), limit)


def _step_sums(loss: Tensor, norm: Tensor, logits: Tensor, targets: Tensor, index: StepIndex) -> StepSums:
    """Copy all figures of a step from the device at once."""
    called, truth = logits >= THRESHOLD_LOGIT, targets > 0.5
    counts = [(called & truth).sum(), (called & ~truth).sum(), (~called & truth).sum()]
    # One transfer a step: each number fetched alone would make the GPU wait for the CPU once more.
    figures = torch.stack([loss.double(), norm.double(), *(count.double() for count in counts)]).tolist()
    if not np.isfinite(figures[:2]).all():
        what = "loss" if not np.isfinite(figures[0]) else "gradient"
        raise TrainingError(
            f"epoch {index.number}, batch {index.batch}, learning rate {index.learning_rate:g}: the {what} is not "
            "finite: training has diverged; lower learning_rate (and pre_bce_learning_rate), set clip_norm to 1, "
            "and check the windows with `spikewatch data check`"
        )
    tp, fp, fn = (round(figure) for figure in figures[2:])
    return StepSums(1, len(targets), figures[0] * len(targets), tp, fp, fn)


def _seed(seed: int, index: StepIndex) -> int:
    # Mixed by SeedSequence: neighbouring epochs and batches must not have related dropout masks.
    return int(np.random.SeedSequence([seed, index.number, index.batch]).generate_state(1, np.uint64)[0])
