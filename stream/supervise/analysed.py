"""How old the newest analysed sample of a bed and of each of its groups is: by this alone they count as watched."""

import math
from collections.abc import Callable
from typing import Final

from stream.schema.rejections import PASSING, explained
from stream.schema.reports import DetectReport, ReadyReport

# A group that is refused for less long is no alarm: one bad sample costs what the filters need to settle.
REFUSED_S: Final = 5.0
# A patient who chews or speaks would raise an alarm every half minute, and nobody reads the hundredth.
PASSING_S: Final = 30.0
# Beyond what the filters need to settle.
SETTLED_S: Final = 1.0


class Analysed:
    """One bed's; `clock` returns monotonic seconds, `stale_s` is the age from which a bed is not watched any more."""

    def __init__(self, stale_s: float, clock: Callable[[], float]) -> None:
        self._stale_s = stale_s
        self._clock = clock
        self._born_s = clock()
        self._able_since_s = math.inf
        self._settle_s = self._rate_hz = self._lag_s = 0.0
        self._newest_s: dict[str, float] = {}
        self._reasons: dict[str, str] = {}
        self.groups: tuple[str, ...] = ()

    def observe_ability(self, *, able: bool) -> None:
        """Record whether there is a stream to analyse and a detector to do it."""
        self._able_since_s = min(self._able_since_s, self._clock()) if able else math.inf

    def observe_ready(self, report: ReadyReport) -> None:
        """Record which groups there are, and how long nothing can be scored after a bad sample."""
        self.groups = tuple(report.groups)
        self._settle_s, self._rate_hz = report.settle_s + report.window_s, report.rate_hz
        self._newest_s = {group: newest_s for group, newest_s in self._newest_s.items() if group in report.groups}

    def observe(self, report: DetectReport) -> None:
        """Record when the newest sample of each group's newest scored window came, and what is refused at present."""
        self._newest_s |= report.scored_s
        self._reasons = report.groups
        self._lag_s = report.pending / self._rate_hz if self._rate_hz > 0 else 0.0

    @property
    def age_s(self) -> float:
        """Seconds since the newest analysed sample came; since the start, while none has been analysed."""
        return self._clock() - max(self._newest_s.values(), default=self._born_s)

    @property
    def stale(self) -> bool:
        """Whether what was analysed is too old to call the bed watched; always so before anything was analysed."""
        return not self._newest_s or self.age_s > self._stale_s

    @property
    def refused(self) -> dict[str, str]:
        """The groups whose windows may not be scored, and may not have been for a while, with the reason of each."""
        # What is refused now came so much earlier: filters settle by samples, however late these are looked at.
        patience_s = max(REFUSED_S, self._settle_s + SETTLED_S) + self._lag_s
        return {group: why for group, why in self._reasons.items() if self._waited_s(group) > patience_s}

    @property
    def lost(self) -> dict[str, str]:
        """The groups to look after, with the reason of each: what passes by itself is left alone for longer."""
        return {
            group: why for group, why in self.refused.items() if why not in PASSING or self._waited_s(group) > PASSING_S
        }

    @property
    def all_refused(self) -> bool:
        """Whether no group is scored."""
        return bool(self.groups) and set(self.groups) <= set(self.refused)

    @property
    def reason(self) -> str:
        """Why it is an alarm that nothing is analysed, "" while it is none."""
        newest_s = max(self._newest_s.values(), default=-math.inf)
        # Filters settle for some seconds after a stream begins: the alarm waits as long, the state does not.
        waited_s = self._clock() - max(self._able_since_s, newest_s)
        if waited_s <= max(self._stale_s, self._settle_s + SETTLED_S):
            return ""
        return "; ".join(
            filter(None, [f"no sample of the last {self._stale_s:g} s has been analysed", explained(self.refused)])
        )

    def not_analysed(self, cause: str) -> dict[str, str]:
        """Return every group with the reason why it is not analysed; `cause` is why the whole bed is not."""
        return {group: self._reasons.get(group, cause) for group in self.groups}

    def _waited_s(self, group: str) -> float:
        return self._clock() - max(self._able_since_s, self._newest_s.get(group, -math.inf))
