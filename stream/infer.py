"""infer: the windows of all beds in, their scores out. One batch over every group of every bed that is due."""

from collections.abc import Sequence

import numpy as np

from models.engines import Engine
from stream.records import Hop, Rejected, Score

BATCH_WINDOWS = 60
"""The most windows in one forward: a backlog is worked off in pieces that leave the memory flat."""


def infer(engine: Engine, hops: Sequence[Hop]) -> list[tuple[list[Score], list[Rejected]]]:
    """Score every window of every hop; answers in the order of the hops.

    A window whose output is not a number is rejected as `output`: it is not evidence that nothing was there.
    """
    windows = [window for hop in hops for window in hop.windows]
    answers: list[Score | Rejected] = []
    for at in range(0, len(windows), BATCH_WINDOWS):
        batch = windows[at : at + BATCH_WINDOWS]
        probabilities, peaks = engine.score(np.stack([window.samples for window in batch]))
        for window, probability, peak in zip(batch, probabilities, peaks, strict=True):
            if np.isfinite(probability):
                answers.append(Score(window, float(probability), window.first + int(peak)))
            else:
                answers.append(Rejected(window.bed, window.group, "output"))
    return _by_hop(hops, answers)


def _by_hop(hops: Sequence[Hop], answers: list[Score | Rejected]) -> list[tuple[list[Score], list[Rejected]]]:
    out = []
    remaining = iter(answers)
    for hop in hops:
        mine = [next(remaining) for _ in hop.windows]
        scores = [a for a in mine if isinstance(a, Score)]
        out.append((scores, [a for a in mine if isinstance(a, Rejected)]))
    return out
