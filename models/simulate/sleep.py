"""Which sleep stage comes when: a night's course, a random cut of one, or a plan that the caller gives."""

from collections.abc import Iterator, Sequence
from itertools import cycle
from typing import Literal, TypeAlias

import numpy as np

from models.sleep_stages import STAGES, Stage

Plan: TypeAlias = Literal["night", "mixed"] | Sequence[tuple[Stage, float]]

# One cycle; the number is a factor on the mean stay. REM sleep ends a cycle; lengths are ours, after a usual hypnogram.
_CYCLE: tuple[tuple[Stage, float], ...] = (
    ("W", 0.5),
    ("N1", 0.5),
    ("N2", 1.6),
    ("N3", 1.8),
    ("N2", 0.8),
    ("R", 1.2),
)
_MIX = (0.4, 0.15, 0.22, 0.13, 0.1)  # of W, N1, N2, N3, R: a day and a night on a ward, most of it awake


def stages(plan: Plan, minutes_per_stage: float, rng: np.random.Generator) -> Iterator[tuple[Stage, float]]:
    """Yield (stage, seconds) endlessly.

    Parameters
    ----------
    plan : Plan
        ``"night"`` begins awake and cycles W, N1, N2, N3, N2, R; ``"mixed"`` draws stage after stage without
        regard to order, 40 % of them waking, as over days on a monitoring unit; a sequence of
        (stage, seconds) is followed and repeated.
    minutes_per_stage : float
        Mean stay in a stage; a natural night has about 15.
    rng : numpy.random.Generator
        Draws the durations.
    """
    if isinstance(plan, str):
        return _night(minutes_per_stage, rng) if plan == "night" else _mixed(minutes_per_stage, rng)
    _check(plan)
    return cycle(plan)


def _mixed(minutes: float, rng: np.random.Generator) -> Iterator[tuple[Stage, float]]:
    while True:
        yield STAGES[rng.choice(len(STAGES), p=_MIX)], _stay_s(minutes, rng)


def _stay_s(minutes: float, rng: np.random.Generator) -> float:
    # exp(-0.1 + 0.45**2 / 2) = 1.00: `minutes` is the mean.
    return 60 * minutes * float(rng.lognormal(-0.1, 0.45))


def _night(minutes: float, rng: np.random.Generator) -> Iterator[tuple[Stage, float]]:
    position = 0
    while True:
        stage, share = _CYCLE[position % len(_CYCLE)]
        # Later cycles return to light sleep mostly without waking.
        skipped = stage == "W" and position >= len(_CYCLE) and rng.random() < 0.6
        if not skipped:
            yield stage, _stay_s(minutes * share, rng)
        position += 1


def _check(plan: Sequence[tuple[Stage, float]]) -> None:
    if not plan or any(stage not in STAGES or seconds <= 0 for stage, seconds in plan):
        msg = f"plan {plan!r}: give 'night', 'mixed' or (stage, seconds) pairs with stage in {STAGES}"
        raise ValueError(msg)
