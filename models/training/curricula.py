"""How training eases in: PreBCE warms a network up on balanced data, IncNeg adds negatives epoch by epoch.

Source: iEDeaL, sections 4.3 and 4.4; qtwang/iEDeaL `util/train.py`. Epochs count from 0 and leave PreBCE's out.
Both are functions of the epoch alone: a run that resumes at an epoch goes on as it would have.
"""

import math
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np

from models.datasets.counts import Counts
from models.errors import ModelsError
from models.training.sampling.random import Indices

Growth = Literal["paper", "steps"]
SQRT_2: Final = math.sqrt(2)
ROUNDING: Final = 1e-9
"""Relative error of a power of floats, generously: 3.9999999999 negatives per positive are meant as 4."""


@dataclass(frozen=True, slots=True)
class PreBCE:
    """Plain cross entropy on n1 positives and n1 negatives, the same ones for `epochs` epochs.

    `learning_rate` is constant meanwhile and the optimiser is the one that goes on with training, momentum included
    (official code). The negatives are drawn once from `seed`. Differs from the official code: from all n0; there only
    the first E(n0) of the file can be drawn.
    """

    counts: Counts
    seed: int
    epochs: int = 3
    learning_rate: float = 0.01

    def negatives(self) -> Indices:
        """Return which negatives (min(n1, n0),) of range(n0) to train on, ascending."""
        count = min(self.counts.positives, self.counts.negatives)
        rng = np.random.default_rng([self.seed, _STREAM])
        return np.sort(rng.choice(self.counts.negatives, count, replace=False)).astype(np.int64)


_STREAM: Final = 0x9EBCE
"""Keeps PreBCE's draw apart from the samplers', which may have the same seed."""


@dataclass(frozen=True, slots=True)
class IncNeg:
    """Negatives per epoch, rising from n1 to `sampled` = n0s, the number the loss asks for.

    "paper": min(floor(b**(log_a e)) n1, n0s) at e = epoch + 1, that is e**2 n1 for a = sqrt(2), b = 2.
    "steps": as the official code. The ratio is 1 at epoch 0, and becomes floor(b**k) at the first epoch that is not
    before floor(a**k), k = 1, 2, ...; at most one k an epoch, and k = 1 at epoch 1 whatever a is. The official
    default is a = 1.5.

    Nothing is held back where n0s = n0. Raises ModelsError unless 1 < a <= b.
    """

    counts: Counts
    sampled: int
    a: float = SQRT_2
    b: float = 2.0
    growth: Growth = "paper"

    def __post_init__(self) -> None:
        if not 1 < self.a <= self.b:
            raise ModelsError(f"IncNeg has a = {self.a:g} and b = {self.b:g}; it needs 1 < a <= b")
        if not 1 <= self.sampled <= self.counts.negatives:
            raise ModelsError(f"IncNeg is to reach {self.sampled} negatives; there are {self.counts.negatives}")

    @property
    def active(self) -> bool:
        """Whether there is anything to ease in: not when every negative is used every epoch."""
        return self.sampled < self.counts.negatives

    def negatives(self, epoch: int) -> int:
        """Return how many negatives to draw at an epoch."""
        if epoch < 0:
            raise ModelsError(f"epoch {epoch}: epochs count from 0")
        if not self.active:
            return self.sampled
        ratio = self._power(epoch + 1) if self.growth == "paper" else self._steps(epoch)
        return min(ratio * self.counts.positives, self.sampled)

    def full_from(self) -> int:
        """Return the first epoch with all `sampled` negatives; early stopping must wait for it."""
        epoch = 0
        while self.negatives(epoch) < self.sampled:
            epoch += 1
        return epoch

    def _power(self, e: int) -> int:
        log_ratio = math.log(self.b) / math.log(self.a) * math.log(e)
        if log_ratio > math.log(self.sampled + 1):
            return self.sampled
        return math.floor(math.exp(log_ratio) * (1 + ROUNDING))

    def _steps(self, epoch: int) -> int:
        ratio, k, due = 1, 1, 1
        while due <= epoch and ratio < self.sampled:
            ratio = math.floor(self.b**k)
            k += 1
            due = max(due + 1, math.floor(self.a**k))
        return ratio
