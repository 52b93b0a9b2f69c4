"""infer: the windows of all beds in, their scores out. One batch over every group of every bed that is due."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice

import numpy as np

from models.engines.engine import Engine
from stream.records import Hop, Rejected, Score, Window

BATCH_WINDOWS = 60
"""The most windows in one forward: a backlog is worked off in pieces that leave the memory flat."""


@dataclass(frozen=True, slots=True)
class Verdicts:
    """The network's answers to one hop's windows, and the windows it could not answer."""

    scores: tuple[Score, ...] = ()
    rejected: tuple[Rejected, ...] = ()


def infer(engine: Engine, hops: Sequence[Hop]) -> list[Verdicts]:
    """Score every window of every hop; answers in the order of the hops.

    A window whose output is not a number is rejected as `output`: it is not evidence that nothing was there.
    """
    windows = [window for hop in hops for window in hop.windows]
    answers: list[Score | Rejected] = []
    for at in range(0, len(windows), BATCH_WINDOWS):
        batch = windows[at : at + BATCH_WINDOWS]
        probabilities, peaks = engine.score(np.stack([window.samples for window in batch]))
        answers += [_answer(*given) for given in zip(batch, probabilities, peaks, strict=True)]
    remaining = iter(answers)
    return [_verdicts(list(islice(remaining, len(hop.windows)))) for hop in hops]


def _answer(window: Window, probability: float, peak: int) -> Score | Rejected:
    if not np.isfinite(probability):
        return Rejected(window.bed, window.group, "output")
    return Score(window, float(probability), window.first + int(peak))


def _verdicts(answers: list[Score | Rejected]) -> Verdicts:
    scores = tuple(answer for answer in answers if isinstance(answer, Score))
    return Verdicts(scores, tuple(answer for answer in answers if isinstance(answer, Rejected)))
