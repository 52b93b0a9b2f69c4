"""What a verifier is shown of a candidate: all groups of the recording around its peak, the suspected group first."""

import numpy as np
from numpy.typing import NDArray

from models.networks.candidate_window import AFTER, BEFORE, WINDOW

Floats = NDArray[np.float32]


def surroundings(samples: Floats, group: int, peak: int) -> Floats:
    """Cut what is known around a candidate's peak.

    Parameters
    ----------
    samples
        (groups, rows, n) float32 at the model's rate, all that has come so far
    group
        number of the suspected group
    peak
        index into the n samples; with fewer than BEFORE samples before it, what was not recorded is zero

    Returns
    -------
    NDArray[np.float32]
        (groups * rows, WINDOW): the suspected group's rows first, the others in their order; the peak at BEFORE
    """
    order = [group, *(other for other in range(len(samples)) if other != group)]
    first, end = peak - BEFORE, peak + AFTER
    window = np.zeros((*samples.shape[:2], WINDOW), np.float32)
    known = samples[order, :, max(0, first) : end]
    at = max(0, -first)
    window[:, :, at : at + known.shape[2]] = known
    return window.reshape(-1, WINDOW)
