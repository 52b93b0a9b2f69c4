"""What looks like recent events of the same recording is likelier to be one: a person's discharges resemble each other.

Only events that reached the threshold by themselves count, so that what was called because of others calls nothing.
"""

from models.detection.clusters import Clusters
from models.detection.odds import log_odds, with_log_odds
from models.detection.shape import Shape
from models.detection.threshold import reaches


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
    """

    def __init__(self, clusters: Clusters, each: float, threshold: float) -> None:
        self.clusters = clusters
        self._each, self._threshold = each, threshold

    def similar(self, shape: Shape, at_s: float) -> int:
        """Return how many earlier events count for something that peaks at `at_s` (s of the recording)."""
        return self.clusters.similar(shape, at_s) if self._each else 0

    def raised(self, probability: float, similar: int) -> float:
        """Return a candidate's probability, given how many earlier events count for it."""
        return with_log_odds(log_odds(probability) + similar * self._each) if similar else probability

    def push(self, shape: Shape, at_s: float, probability: float, similar: int) -> int:
        """Add an event that `raised` gave its probability, and return the number of its cluster."""
        is_clear = reaches(self.raised(probability, -similar), self._threshold)
        return self.clusters.push(shape, at_s if is_clear else None)
