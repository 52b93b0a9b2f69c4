"""Heart and eyes look like a discharge in one group; the whole head and the seconds before show what they are."""

from collections.abc import Sequence
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from models.detection.eyes import Eyes
from models.detection.qrs import is_qrs

Artefact: TypeAlias = Literal["eyes", "qrs"]
"""A blink or a movement of the eyes; a QRS complex of the heart."""


class Artefacts:
    """Recognises artefacts in one montage, whose derivations are given in the order of the rows."""

    def __init__(self, derivations: Sequence[str]) -> None:
        self._eyes = Eyes(derivations)

    def recognise(self, samples: NDArray[np.floating], peak: int, rate_hz: float) -> Artefact | None:
        """Return what a candidate is, None where it may be a discharge; see `Eyes.moved` and `is_qrs`."""
        if self._eyes.moved(samples, peak, rate_hz):
            return "eyes"
        return "qrs" if is_qrs(samples, peak, rate_hz) else None
