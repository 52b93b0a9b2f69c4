"""The one rule of every threshold: a probability counts when it is at the threshold or above it.

Live detection, evaluation, the parity of engines and the figures of training all compare through `reaches`, so that a
threshold chosen on one is the same decision on the other, ties included.
"""

from typing import overload

import numpy as np
from numpy.typing import NDArray


@overload
def reaches(probability: float, threshold: float) -> bool: ...
@overload
def reaches(probability: NDArray[np.floating], threshold: float) -> NDArray[np.bool_]: ...
def reaches(probability: float | NDArray[np.floating], threshold: float) -> bool | NDArray[np.bool_]:
    """Return whether a probability, or each of (n,), counts as a detection."""
    return probability >= threshold
