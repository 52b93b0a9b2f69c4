"""How many negatives are worth drawing: the effective number of samples, and the counts it is made from.

Source: Cui et al., CVPR 2019; iEDeaL, section 4.3; qtwang/iEDeaL `util/train.py`.
Differs from the official code: 64-bit floats through `expm1` and `log1p` instead of 100-digit arithmetic on the
direct form. Checked against: the direct form in 60-digit decimals, and the paper's data sets (tests).
"""

import math
from dataclasses import dataclass

from models.errors import ModelsError


def effective_number(drawn: int, total: int) -> float:
    """Return E = (1 - b**drawn) / (1 - b) with b = (total - 1) / total.

    The number of different samples expected when drawing `drawn` times from `total` with replacement.
    """
    if total < 2 or drawn < 0:
        raise ModelsError(f"effective number of {drawn} samples among {total}: needs two samples in all, none negative")
    # b**drawn is 1 less a tiny number where there are millions: expm1 and log1p keep its digits.
    return -total * math.expm1(drawn * math.log1p(-1 / total))


@dataclass(frozen=True, slots=True)
class Counts:
    """Windows in the whole training set, before any curriculum or sampling: n1 `positives` and n0 `negatives`."""

    positives: int
    negatives: int

    def __post_init__(self) -> None:
        if min(self.positives, self.negatives) < 1:
            raise ModelsError(f"{self.positives} positives and {self.negatives} negatives: training needs both")

    @property
    def imbalance(self) -> float:
        """n1 / n0."""
        return self.positives / self.negatives

    @property
    def effective_negatives(self) -> int:
        """E(n0) among all n1 + n0 windows, to the nearest whole number.

        About 63 % of the negatives where positives are rare, 79 % where both classes are as large.
        """
        return round(effective_number(self.negatives, self.positives + self.negatives))
