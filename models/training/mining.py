"""Mining: negatives that the network itself takes for discharges come back more often than others.

A network that has learnt the easy negatives gains little from more of them. So the training negatives are searched a
few times: what has a high probability by then fills a share of every epoch until the next search. The windows come
from the code that streams, so they are what a live bed would have been shown.

Source: hard negatives from controls, as for SpikeNet2; here within one training, as `mine_rounds` and `mine_above` of
the recipe.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from models.datasets.windowset import Indices
from models.training.recipe import Recipe

# Of an epoch's negatives. A choice of ours, no other was tried: with many more a network would forget the rest.
SHARE: Final = 0.25
# A choice of ours. Without a limit the one person with the sharpest alpha would be most of what is learnt from.
PER_SUBJECT: Final = 300
_STREAM: Final = 6  # apart from the streams of samplers (1 to 3), augmentation (4) and LSUV (5), which share the seed


def epochs(recipe: Recipe) -> tuple[int, ...]:
    """Return before which epochs of the main phase negatives are searched: `mine_rounds`, evenly spaced."""
    parts = recipe.mine_rounds + 1
    return tuple(round(recipe.epochs * part / parts) for part in range(1, parts))


def hardest(
    negatives: Indices, subjects: NDArray[np.integer], probabilities: NDArray[np.float32], above: float
) -> Indices:
    """Return the negatives that the network takes for discharges.

    Parameters
    ----------
    negatives
        (n,) numbers of windows
    subjects
        (n,) whose they are
    probabilities
        (n,) what the network gives them
    above
        lowest probability that counts

    Returns
    -------
    Indices
        (m,) of `negatives`, at most PER_SUBJECT of a subject, the most probable first
    """
    order = np.argsort(-probabilities, kind="stable")
    order = order[probabilities[order] >= above]
    kept = order[_rank_in_group(subjects[order]) < PER_SUBJECT]
    return negatives[kept]


def mixed(drawn: Indices, hard: Indices, recipe: Recipe, epoch: int) -> Indices:
    """Return an epoch's negatives (n,), a share of those drawn replaced by hard ones, each about equally often."""
    if not len(hard):
        return drawn
    count = round(SHARE * len(drawn))
    rng = np.random.default_rng([recipe.seed, _STREAM, epoch])
    # Whole rounds through all of them, so that none waits for its turn by chance.
    rounds = np.concatenate([rng.permutation(hard) for _ in range(-(-count // len(hard)))])
    return np.concatenate([drawn[: len(drawn) - count], rounds[:count]])


def _rank_in_group(groups: NDArray[np.integer]) -> Indices:
    """Return how many of the same group come before each (n,)."""
    by_group = np.argsort(groups, kind="stable")
    ordered = groups[by_group]
    starts = np.flatnonzero(np.r_[True, ordered[1:] != ordered[:-1]]) if len(ordered) else np.empty(0, np.int64)
    ranks = np.arange(len(ordered)) - np.repeat(starts, np.diff(np.r_[starts, len(ordered)]))
    found = np.empty(len(groups), np.int64)
    found[by_group] = ranks
    return found
