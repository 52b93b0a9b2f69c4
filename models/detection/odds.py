"""Probabilities as log odds, in which evidence adds up."""

import math
from typing import Final

SMALLEST: Final = 1e-6
"""Probabilities nearer to 0 or 1 say nothing more: their log odds would overrule any other evidence."""


def log_odds(probability: float) -> float:
    """Return the log odds of a probability, which is taken as no nearer to 0 or 1 than SMALLEST."""
    inside = min(max(probability, SMALLEST), 1 - SMALLEST)
    return math.log(inside / (1 - inside))


def with_log_odds(odds: float) -> float:
    """Return the probability that has these log odds."""
    return 1 / (1 + math.exp(-odds))
