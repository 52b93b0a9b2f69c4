"""Traces as a detector is shown them."""

import numpy as np
from numpy.typing import NDArray

from bench.worth.contract import Shown
from models.signal.conditioning import MODEL_RATE_HZ


def shown(traces: NDArray[np.float32], derivations: tuple[str, ...] = ("F7-T3",) * 5) -> Shown:
    """Return a recording whose (groups, rows, m) traces are known, without a delay, and whose samples are the first."""
    groups = len(traces)
    valid = np.ones((groups, traces.shape[2]), bool)
    names = tuple(f"group {number}" for number in range(groups))
    return Shown(traces[0], MODEL_RATE_HZ, derivations, traces, valid, names, (derivations,) * groups, 0.0)
