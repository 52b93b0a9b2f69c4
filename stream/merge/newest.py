"""The newest samples of one bed's derivations, as far back as an event or a candidate is looked at."""

from typing import Final

import numpy as np

from models.detection.qrs import LOOKED_BACK_S
from models.networks.candidate_window import LATEST
from models.signal.conditioning import MODEL_RATE_HZ
from stream.records import Hop, Samples

KEPT_S: Final = LOOKED_BACK_S + LATEST / MODEL_RATE_HZ
"""A candidate that is still judged is compared with the seconds before it."""


class Newest:
    """Keeps the last seconds of all derivations; zero is what may not be analysed, or lies before a gap."""

    def __init__(self, rows: int, rate_hz: float) -> None:
        self.kept = round(KEPT_S * rate_hz)
        # Twice what is kept: the newest samples lie side by side, and move to the front once in as long a time.
        self._block: Samples = np.zeros((rows, 2 * self.kept), np.float32)
        self._filled = self.kept

    @property
    def samples(self) -> Samples:
        """(rows, kept): a view, which is good until the next hop."""
        return self._block[:, self._filled - self.kept : self._filled]

    def remember(self, hop: Hop) -> None:
        """Add the samples of a hop."""
        newest = hop.samples[:, -self.kept :]
        n = newest.shape[1]
        if self._filled + n > self._block.shape[1]:
            self._block[:, : self.kept] = self.samples
            self._filled = self.kept
        self._block[:, self._filled : self._filled + n] = np.where(hop.usable[:, None], newest, np.float32(0))
        self._filled += n

    def forget(self) -> None:
        """Forget all samples, so that later ones do not join earlier ones."""
        self._block[:] = 0.0
