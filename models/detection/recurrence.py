"""What looks like recent events of the same recording is likelier to be one: a person's discharges resemble each other.

Only events that reached the threshold by themselves count, so that what was called because of others calls nothing.
"""

from typing import Final

from models.detection.clusters import Clusters
from models.detection.odds import log_odds, with_log_odds
from models.detection.shape import Shape
from models.detection.threshold import reaches

RECENT_S: Final = 600.0
"""A clear event counts so long: a choice of ours. The longer, the more can a lone false event bring about."""


class Recurrence:
    """Raises the probability of one recording's candidates by earlier events that look alike.

    Parameters
    ----------
    clusters
        of the recording's events
    each
        what each such event adds to a candidate's log odds; 0 leaves all as they are
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
        return with_log_odds(log_odds(probability) + similar * self._each) if similar else probability

    def push(self, shape: Shape, decided: int, probability: float, similar: int) -> int:
        """Add an event that `raised` gave its probability, and return the number of its cluster."""
        is_clear = reaches(self.raised(probability, -similar), self._threshold)
        return self.clusters.push(shape, decided if is_clear else None)
