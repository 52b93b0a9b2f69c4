"""Systems that are no network trained by a recipe: what they offer to the tables, and those that there are."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

from bench.paper.aied import AiED
from bench.paper.hdl import HDL
from models.datasets.splits import Part

Probabilities = NDArray[np.float32]


class System(Protocol):
    """Is trained on a part and gives probabilities of the others."""

    def fit(self, parts: Mapping[str, Part], folder: Path) -> dict[str, Probabilities]:
        """Train on "train", choose on "validation"; return the probabilities (n,) of "validation" and "test".

        What is worth keeping between a kill and the next start goes into `folder`.

        Raises
        ------
        TrainingError
            if the windows do not suit it
        """
        ...


SYSTEMS: Final[dict[str, Callable[..., System]]] = {"hdl": HDL, "aied": AiED}
"""By name; each takes `seed`, and settings of its own."""
