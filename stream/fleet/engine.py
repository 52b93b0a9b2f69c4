"""The fleet as one of the detector's engines: asked first, with a deadline; what it does not answer is scored here."""

import time
from collections.abc import Callable
from typing import Final, Literal

from models.engines.engine import Answers, Engine, Floats
from stream.fleet.link import FleetError, FleetLateError, Link

By = Literal["fleet", "late", "failed", "not_asked"]
"""Who scored: the fleet; or this host, since the fleet was late, failed, or was not asked so soon after either."""

PAUSE_S: Final = (1.0, 2.0, 4.0, 8.0, 16.0)
"""So long the fleet is not asked after misses in a row: each question to one that is gone costs a deadline."""
SAID_S: Final = 5.0
"""So long after a window was scored here the engine's name says so: an event is merged from windows of 1.6 s."""
ALARM_S: Final = 60.0
"""So long without a miss ends the alarm, or a fleet that is late now and then would raise it as often."""


class FleetEngine:
    """Scores windows by a fleet, or by `local` where no answer comes by the deadline; no window is lost between them.

    `by` says who scored the newest windows.
    """

    def __init__(
        self, link: Link, local: Engine, deadline_s: float, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._link, self._local, self._deadline_s, self._clock = link, local, deadline_s, clock
        self.context_samples = local.context_samples
        self.by: By = "fleet"
        self._remote = ""
        self._misses = 0
        self._ask_again_s = self._said_until_s = self._alarm_until_s = -1.0
        self._reason = ""

    @property
    def name(self) -> str:
        """Who scored what an event is made of: the fleet's engine, or that of this host in its place."""
        if self._clock() < self._said_until_s:
            return f"{self._local.name} in place of the fleet"
        return f"fleet-{self._remote}" if self._remote else "fleet"

    @property
    def alarm(self) -> str:
        """Why windows are scored here, or were within the last minute; "" if they were not."""
        if self._clock() >= self._alarm_until_s:
            return ""
        return f"the fleet: {self._reason}; windows are scored by {self._local.name} on this host in its place"

    def score(self, windows: Floats) -> Answers:
        """Score conditioned windows; see Engine."""
        now_s = self._clock()
        if now_s >= self._ask_again_s:
            try:
                answers, self._remote = self._link.ask(windows, self._deadline_s)
            except FleetError as problem:
                self._miss(problem)
            else:
                self.by, self._misses = "fleet", 0
                return answers
        else:
            self.by = "not_asked"
        self._said_until_s = self._clock() + SAID_S
        return self._local.score(windows)

    def leave(self) -> Engine:
        """Return the engine of this host, which is to score from here on: the fleet's answers were wrong."""
        self.by, self._alarm_until_s = "not_asked", -1.0
        return self._local

    def _miss(self, problem: FleetError) -> None:
        now_s = self._clock()
        self.by = "late" if isinstance(problem, FleetLateError) else "failed"
        self._reason = str(problem)
        self._ask_again_s = now_s + PAUSE_S[min(self._misses, len(PAUSE_S) - 1)]
        self._misses += 1
        self._alarm_until_s = now_s + ALARM_S
