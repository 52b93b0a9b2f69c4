"""What staging costs: processor time of an hour of one bed, without what the hop costs anyway."""

import time
from typing import Final

import numpy as np

from models.sleep.stager import Stager
from models.zoo import store

DERIVATIONS: Final = 25
"""A scalp montage's five groups of five."""
HOP_SAMPLES: Final = 16
MEASURED_S: Final = 600
WARM_UP_S: Final = 60
"""Features of the past grow dearer for some minutes; what is opened once is no part of an hour."""


def processor_s_an_hour(model: str) -> float:
    """Return how many seconds of processor time an hour of one bed's staging takes, hop by hop as live."""
    rng = np.random.default_rng(0)
    samples = rng.normal(0, 20, (DERIVATIONS, (WARM_UP_S + MEASURED_S) * 128)).astype(np.float32)
    usable, stager, began_s = np.ones((DERIVATIONS, 1), np.bool_), Stager(store.load(model)), 0.0
    for at in range(0, samples.shape[1], HOP_SAMPLES):
        if at == WARM_UP_S * 128:
            began_s = time.process_time()
        stager.push(samples[:, at : at + HOP_SAMPLES], usable)
    return round((time.process_time() - began_s) * 3600 / MEASURED_S, 2)
