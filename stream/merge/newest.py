"""The newest samples of one bed's derivations, as far back as an event is looked at."""

import numpy as np

from stream.records import Hop, Samples

KEPT_S = 4.0
"""A background of two seconds before an event that is decided a window later."""


class Newest:
    """Keeps the last seconds of all derivations; zero is what may not be analysed, or lies before a gap."""

    def __init__(self, rows: int, rate_hz: float) -> None:
        self._shape = (rows, round(KEPT_S * rate_hz))
        self.forget()

    def remember(self, hop: Hop) -> None:
        """Add the samples of a hop."""
        usable = np.where(hop.usable[:, None], hop.samples, np.float32(0))
        self.samples: Samples = np.concatenate([self.samples, usable], axis=1)[:, -self._shape[1] :]

    def forget(self) -> None:
        """Forget all samples, so that later ones do not join earlier ones."""
        self.samples = np.zeros(self._shape, np.float32)
