"""How old the newest analysed sample of a bed is: the one account by which a bed is watched or not."""

import math
from collections.abc import Callable


class Progress:
    """One bed's; `clock` returns monotonic seconds, `stale_s` is the age from which a bed is not watched any more."""

    def __init__(self, stale_s: float, clock: Callable[[], float]) -> None:
        self._stale_s = stale_s
        self._clock = clock
        self._analysed_s = -math.inf
        self._able_since_s = math.inf

    def observe_ability(self, *, able: bool) -> None:
        """Record whether there is a stream to analyse and a detector to do it."""
        self._able_since_s = min(self._able_since_s, self._clock()) if able else math.inf

    def observe_analysed(self, arrived_s: float) -> None:
        """Record when the newest analysed sample came."""
        self._analysed_s = max(self._analysed_s, arrived_s)

    @property
    def age_s(self) -> float:
        """Seconds since the newest analysed sample came; infinite while none has been analysed."""
        return self._clock() - self._analysed_s

    @property
    def stale(self) -> bool:
        """Whether what was analysed is too old to call the bed watched."""
        return self.age_s > self._stale_s

    @property
    def reason(self) -> str:
        """Why it is an alarm that nothing is analysed, "" while it is none."""
        # Filters settle for some seconds after a stream begins: the alarm waits as long, the state does not.
        waited_s = self._clock() - max(self._able_since_s, self._analysed_s)
        return f"no sample of the last {self._stale_s:g} s has been analysed" if waited_s > self._stale_s else ""
