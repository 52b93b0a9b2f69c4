"""Curricula: PreBCE warms a network up on balanced data, IncNeg adds negatives epoch by epoch.

Source: iEDeaL, sections 4.3 and 4.4; qtwang/iEDeaL `util/train.py`. Epochs count from 0 and leave PreBCE's out. n1
positives, n0 negatives, n0s of them sampled. Both are functions of the epoch alone, so that a resumed run continues as
it would have.

Checked against: the sequences of both published settings, and the released rule as a loop (test_curricula.py).
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
# Relative error of a power of floats, generously: 3.9999999999 negatives per positive are meant as 4.
ROUNDING: Final = 1e-9
_STREAM: Final = 0x9EBCE  # keeps PreBCE's draw apart from the samplers', which have the same seed


@dataclass(frozen=True, slots=True)
class PreBCE:
    """Plain cross entropy on n1 positives and min(n1, n0) negatives, the same ones for `epochs` epochs.

    Source: iEDeaL, section 4.4. `learning_rate` is constant meanwhile, and training continues with the same optimiser,
    momentum included (official code). Differs from the official code: negatives are drawn from all n0; there only the
    first E(n0) of the file can be drawn.
    """

    counts: Counts
    seed: int
    epochs: int = 3
    learning_rate: float = 0.01

    def negatives(self) -> Indices:
        """Return which negatives (min(n1, n0),) of range(n0) to train on, ascending."""
        count = min(self.counts.positives, self.counts.negatives)
        # Seeded without the epoch: the warm-up sees the same negatives all along, as in the official code.
        rng = np.random.default_rng([self.seed, _STREAM])
        return np.sort(rng.choice(self.counts.negatives, count, replace=False)).astype(np.int64)


@dataclass(frozen=True, slots=True)
class IncNeg:
    """Negatives per epoch: min(r(epoch) n1, n0s), rising from n1 to `sampled` = n0s, the number the loss asks for.

    Source: iEDeaL, section 4.4. The ratio r grows as in the "paper" or in the "steps" of the official code, whose
    default is a = 1.5. Nothing is held back where n0s = n0 (official code).

    Raises
    ------
    ModelsError
        unless 1 < a <= b and 1 <= n0s <= n0
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
        """Whether any negatives are held back: not where every epoch uses all of them."""
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
        """Return r = floor(b**(log_a e)) at e = epoch + 1: e**2 for a = sqrt(2), b = 2."""
        log_ratio = math.log(self.b) / math.log(self.a) * math.log(e)
        # A base just above 1 asks for more than floats hold; n0s is reached long before.
        if log_ratio > math.log(self.sampled + 1):
            return self.sampled
        return math.floor(math.exp(log_ratio) * (1 + ROUNDING))

    def _steps(self, epoch: int) -> int:
        """Return r = 1, then floor(b**k) from the first epoch that is not before floor(a**k), k = 1, 2, ..."""
        ratio, k, due = 1, 1, 1
        while due <= epoch and ratio < self.sampled:
            ratio = math.floor(self.b**k)
            k += 1
            # At most one k an epoch, and k = 1 at epoch 1 whatever a is, as in the official loop.
            due = max(due + 1, math.floor(self.a**k))
        return ratio
