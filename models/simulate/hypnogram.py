"""Nights as stages follow each other in people: a chain whose transitions were counted by others."""

from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import fractional_matrix_power

EPOCH_S: Final = 30.0

# From row to column in the order of STAGES, epochs of 30 s of 68 people: Metzner et al. 2021, Communications Biology
# 4:1385, supplement traMat_Epoch, as YASA's simulate_hypnogram quotes it.
COUNTS: Final = (
    (11737, 571, 84, 2, 2),
    (281, 6697, 1661, 11, 59),
    (253, 1070, 26259, 505, 272),
    (49, 176, 279, 9630, 12),
    (57, 189, 84, 2, 10071),
)


def transition_matrix(step_s: float = EPOCH_S) -> NDArray[np.float64]:
    """Return the probabilities (stages, stages) of going from row to column in one step of `step_s`."""
    counts = np.array(COUNTS, np.float64)
    epoch = counts / counts.sum(axis=1, keepdims=True)
    # A root of the matrix need not be one of probabilities: what little is negative is cut off.
    step = np.clip(np.real(fractional_matrix_power(epoch, step_s / EPOCH_S)), 0, None)
    return np.asarray(step / step.sum(axis=1, keepdims=True))


def hypnogram(epochs: int, rng: np.random.Generator) -> NDArray[np.int64]:
    """Draw a stretch of a night: stage numbers (epochs,), beginning in any stage."""
    cumulated = transition_matrix().cumsum(axis=1)
    stages = np.empty(epochs, np.int64)
    stages[0] = rng.integers(len(COUNTS))
    for at in range(1, epochs):
        stages[at] = min(int(np.searchsorted(cumulated[stages[at - 1]], rng.random())), len(COUNTS) - 1)
    return stages
