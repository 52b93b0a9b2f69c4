"""The plan of a training's epochs: phase, learning rate and number of negatives, all known before it begins.

Source: iEDeaL, sections 4.3, 4.4 and 5.1 (learning rate falls linearly to 1e-5); qtwang/iEDeaL `util/train.py` for the
rule of the fall. All of it is a function of the recipe and the counts, so a resumed run has the plan it began with.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from models.datasets.counts import Counts
from models.errors import TrainingError
from models.training import losses
from models.training.curricula import IncNeg
from models.training.recipe import Recipe

Phase = Literal["pre_bce", "main"]


@dataclass(frozen=True, slots=True)
class PlannedEpoch:
    """One epoch of the plan: `epoch` counts from 0 within its phase; `windows` are all positives and `negatives`."""

    phase: Phase
    epoch: int
    learning_rate: float
    negatives: int
    windows: int


def schedule(recipe: Recipe, counts: Counts) -> tuple[PlannedEpoch, ...]:
    """Return all epochs in order, PreBCE's first."""

    def planned(phase: Phase, epoch: int, rate: float, negatives: int) -> PlannedEpoch:
        # All positives take part in every epoch; only negatives are drawn.
        return PlannedEpoch(phase, epoch, rate, negatives, counts.positives + negatives)

    # Balanced: as many negatives as positives, or all where they are fewer.
    balanced = min(counts.positives, counts.negatives)
    warm = [planned("pre_bce", e, recipe.pre_bce_learning_rate, balanced) for e in range(recipe.pre_bce_epochs)]
    main = [planned("main", e, learning_rate(recipe, e), negatives_at(recipe, counts, e)) for e in range(recipe.epochs)]
    return (*warm, *main)


def learning_rate(recipe: Recipe, epoch: int) -> float:
    """Return first - e (first - last) / T, or half a cosine between the two, for epoch e of the T of the main phase."""
    # Over T, not T - 1 (as the official code): `last` is the rate at which an epoch T would begin. So the last epoch
    # still learns, and a run of one epoch keeps the first rate.
    fall, share = recipe.learning_rate - recipe.last_learning_rate, epoch / recipe.epochs
    if recipe.decay == "cosine":
        share = (1 - math.cos(math.pi * share)) / 2
    return recipe.learning_rate - fall * share


def rate_at(recipe: Recipe, planned: Sequence[PlannedEpoch], number: int, batch: int) -> float:
    """Return the learning rate of a batch of epoch `number`, both from 0: less during warm-up, which PreBCE has not."""
    rate = planned[number].learning_rate
    if not recipe.warmup_steps or planned[number].phase == "pre_bce":
        return rate
    before = sum(-(-one.windows // recipe.batch_windows) for one in planned[:number] if one.phase == "main")
    return rate * min(1.0, (before + batch + 1) / recipe.warmup_steps)


def sampled_negatives(recipe: Recipe, counts: Counts) -> int:
    """Return how many negatives an epoch has once no curriculum holds any back."""
    if recipe.sampling_ratio == 0:
        return losses.negatives_per_epoch(recipe.loss, counts)
    return max(1, round(recipe.sampling_ratio * counts.negatives))


def negatives_at(recipe: Recipe, counts: Counts, epoch: int) -> int:
    """Return how many negatives an epoch of the main phase draws."""
    if recipe.inc_neg == "off":
        return sampled_negatives(recipe, counts)
    return _inc_neg(recipe, counts).negatives(epoch)


def full_from(recipe: Recipe, counts: Counts) -> int:
    """Return the first epoch of the main phase that draws all its negatives."""
    return 0 if recipe.inc_neg == "off" else _inc_neg(recipe, counts).full_from()


def _inc_neg(recipe: Recipe, counts: Counts) -> IncNeg:
    if recipe.inc_neg == "off":
        raise TrainingError("inc_neg is off")
    sampled = sampled_negatives(recipe, counts)
    return IncNeg(counts, sampled, recipe.inc_neg_a, recipe.inc_neg_b, recipe.inc_neg)
