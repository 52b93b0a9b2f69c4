"""Looks at judged events and background, for tests of what learns from them."""

import numpy as np
from numpy.typing import NDArray

from models.networks.likeness import COURSE
from models.training.looks import Judged, Looks

ROWS = 25


def looks(shapes: NDArray[np.float64], odds: NDArray[np.float64]) -> Looks:
    """Return looks a second apart whose shapes (n, rows + course) are given at any length, and features all 0."""
    count = len(shapes)
    halves = [half / np.linalg.norm(half, axis=1, keepdims=True) for half in np.split(shapes, [ROWS], axis=1)]
    unit = np.concatenate(halves, axis=1).astype(np.float32)
    return Looks(np.zeros((count, 8), np.float32), unit, np.zeros(count, np.int64), odds, np.arange(float(count)))


def judged(
    events: int = 20, each: int = 3, background: int = 40, apart: float = 2.0, true: NDArray[np.bool_] | None = None
) -> Judged:
    """Return looks at events of which the first half are true; one derivation says which, where it is apart.

    All groups show the same, so that it does not matter at which place the suspected one stands.
    """
    rng = np.random.default_rng(5)
    event = np.concatenate([np.repeat(np.arange(events), each), np.full(background, -1)])
    accepted = np.arange(events) < events // 2 if true is None else true
    group, course = rng.normal(size=(len(event), 5)), rng.normal(size=(len(event), COURSE))
    group[:, 2] += np.where(np.append(accepted, False)[event], apart, -apart)
    shapes = np.concatenate([np.tile(group, 5), course], axis=1)
    return Judged(looks(shapes, rng.normal(size=len(event))), event, accepted)
