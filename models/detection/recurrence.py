"""What looks like recent events of the same recording is likelier to be one: a person's discharges resemble each other.

The first few add to its log odds one by one; of more, its odds grow with their number, by Bayes' rule: whoever has ten
times as many such discharges in ten minutes has the next one with ten times the odds. Only events that reached the
threshold by themselves count, so that what was called because of others calls nothing.
"""

import math
from typing import Final

from models.detection.clusters import Clusters
from models.detection.odds import log_odds, with_log_odds
from models.detection.shape import Shape
from models.detection.threshold import reaches

RECENT_S: Final = 600.0
"""A clear event counts so long: a choice of ours. The longer, the more can a lone false event bring about."""
FEW: Final = 3
"""So many add one by one. Up to here the odds grow faster than the number: the first ones also say that the person has
such discharges at all."""


class Recurrence:
    """Raises the probability of one recording's candidates by earlier events that look alike.

    Parameters
    ----------
    clusters
        of the recording's events
    each
        what each of the first FEW such events adds to a candidate's log odds; 0 leaves all as they are
    threshold
        probability from which a candidate is an event
    rate_hz
        of the samples by which is told when an event was decided
    """

    def __init__(self, clusters: Clusters, each: float, threshold: float, rate_hz: float) -> None:
        self.clusters = clusters
        self._each, self._threshold, self._recent = each, threshold, round(RECENT_S * rate_hz)

    def similar(self, shape: Shape, now: int) -> int:
        """Return how many events count for something that is looked at at sample `now`: those decided before."""
        return self.clusters.similar(shape, now - self._recent, now) if self._each else 0

    def raised(self, probability: float, similar: int) -> float:
        """Return a candidate's probability, given how many earlier events count for it."""
        return with_log_odds(log_odds(probability) + self._weight(similar)) if similar else probability

    def push(self, shape: Shape, decided: int, probability: float, similar: int) -> int:
        """Add an event that `raised` gave its probability, and return the number of its cluster."""
        alone = with_log_odds(log_odds(probability) - self._weight(similar)) if similar else probability
        return self.clusters.push(shape, decided if reaches(alone, self._threshold) else None)

    def _weight(self, similar: int) -> float:
        return self._each * min(similar, FEW) + math.log(max(similar, FEW) / FEW)
