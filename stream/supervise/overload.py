"""Whether the analysis of a bed keeps up with its stream: from pending samples and missed budgets, with hysteresis."""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from stream.schema.reports import DetectReport


@dataclass(frozen=True, slots=True)
class Limits:
    """An alarm begins above `on` and ends below `off`, so that a value between the two does not make it flicker."""

    on: float
    off: float

    def holds(self, value: float, *, held: bool) -> bool:
        """Return whether the alarm holds at this value, given whether it held before."""
        return value >= self.off if held else value > self.on


# A detector that keeps up has less than a hop pending when it reports; a pause of some seconds is worked off by itself.
BACKLOG_S: Final = Limits(on=5.0, off=2.0)
# Of the results of LATE_WINDOW_S; single late ones are counted in `budget_misses`, and are no alarm.
LATE_SHARE: Final = Limits(on=0.5, off=0.1)
LATE_WINDOW_S: Final = 30.0


class Overload:
    """One bed's; `clock` returns monotonic seconds."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._results: deque[tuple[float, int, int]] = deque()
        self._backlog = False
        self._late = False

    def observe(self, report: DetectReport, rate_hz: float) -> None:
        """Judge by a report of the detector and the stream's rate."""
        now_s = self._clock()
        self._results.append((now_s, len(report.latency_s.get("total", ())), report.budget_misses))
        while self._results[0][0] < now_s - LATE_WINDOW_S:
            self._results.popleft()
        self._backlog = BACKLOG_S.holds(report.pending / rate_hz, held=self._backlog)
        results, late = (sum(entry[column] for entry in self._results) for column in (1, 2))
        self._late = LATE_SHARE.holds(late / max(results, 1), held=self._late)

    def forget(self) -> None:
        """Begin anew: the detector that was slow is gone."""
        self._results.clear()
        self._backlog = self._late = False

    @property
    def reason(self) -> str:
        """Why the bed is behind, "" while it is not."""
        # Without the figure of the moment: a text that changes with every report would be a new status with every one.
        if self._backlog:
            return f"the analysis is more than {BACKLOG_S.off:g} s behind the stream: this host is too slow"
        if self._late:
            return "many results come later than infer.budget_ms: this host is too slow"
        return ""
