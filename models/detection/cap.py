"""A cap on events an hour, which keeps the most certain ones.

It limits how often a person is called, and promises nothing about how many of the events are true. Whether an event is
within the cap is decided when it comes, so that no latency is added: a cap that is used up by events of this hour
withholds a more certain one that comes after them.
"""

from typing import Final

HOUR_S: Final = 3600.0


class Cap:
    """One recording's cap.

    Parameters
    ----------
    most_per_h
        events in any hour; 0: as many as there are
    """

    def __init__(self, most_per_h: int) -> None:
        self.most_per_h = most_per_h
        self._seen: dict[float, tuple[float, bool]] = {}
        self._newest_s = 0.0

    def remember(self, at_s: float, probability: float, *, allowed: bool) -> None:
        """Count an event that was decided before, as after a restart."""
        self._seen[at_s] = probability, allowed
        self._newest_s = max(self._newest_s, at_s)

    def allows(self, at_s: float, probability: float) -> bool:
        """Decide whether an event is within the cap: fewer were allowed within the hour, and fewer were more certain.

        An event that is found again is decided as it was before.

        Parameters
        ----------
        at_s
            of its peak, s of the recording
        probability
            of the event
        """
        if not self.most_per_h:
            return True
        if at_s in self._seen:
            return self._seen[at_s][1]
        begin_s = max(self._newest_s, at_s) - HOUR_S
        self._seen = {when: one for when, one in self._seen.items() if when > begin_s}
        allowed_before = sum(one for _, one in self._seen.values())
        surer = sum(one > probability for one, _ in self._seen.values())
        allowed = allowed_before < self.most_per_h and surer < self.most_per_h
        self.remember(at_s, probability, allowed=allowed)
        return allowed
