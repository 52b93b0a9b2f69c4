"""What YASA is shown of one bed: the epochs that came, and nothing of the future.

YASA sets an epoch beside the whole record, of which it wants 5 min; here the record ends with the epoch that is asked.
"""

from collections import deque
from collections.abc import Callable
from typing import Final

import numpy as np

from models.sleep_stages import STAGES
from stream.records import Samples
from stream.yasa.epoch import AskedEpoch

LEAST_EPOCHS: Final = 10
"""YASA refuses less than 5 min."""
MOST_EPOCHS: Final = 480
"""4 h: with them a stage costs 0.8 s of processor time, and grows with what is kept."""

Library = Callable[[Samples, float], list[float]]
"""Returns the probabilities of STAGES in the last epoch of a derivation (samples,) at a rate; YASA, or a test's."""


class Past:
    """The epochs of one bed, of each derivation those in which it was usable."""

    def __init__(self) -> None:
        self._epochs: dict[str, deque[Samples]] = {}

    def stage(self, epoch: AskedEpoch, library: Library) -> list[float]:
        """Return the mean probabilities of STAGES over the derivations; nothing before 5 min of one have come."""
        if epoch.fresh:
            self._epochs.clear()
        for name, row in epoch.rows.items():
            self._epochs.setdefault(name, deque(maxlen=MOST_EPOCHS)).append(row)
        known = [self._epochs[name] for name in epoch.rows if len(self._epochs[name]) >= LEAST_EPOCHS]
        if not known:
            return []
        means = np.mean([library(np.concatenate(epochs), epoch.rate_hz) for epochs in known], axis=0)
        return [float(mean) for mean in means[: len(STAGES)]]
