"""The overload ladder: what an overloaded host leaves out, step by step, and how it recovers. No I/O.

A step is taken when a bed's backlog is long and does not shrink: a backlog that is worked off, after an outage or a
restart, costs nothing but time. One step down follows when every bed has kept up for a while; a step that had to be
taken again soon waits longer the next time.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

ON_S: Final = 5.0
"""Seconds of samples that wait, from which a bed counts as behind, as for the alarm `behind`."""
OFF_S: Final = 2.0
"""Below it a bed keeps up; between the two, the level stays."""
SHED_FROM_S: Final = 20.0
"""Backlog from which samples are shed: a shorter one may still be worked off."""
KEPT_S: Final = 5.0
"""What is older is shed: events that are found then are still news."""
PATIENCE_S: Final = 3.0
"""Time that each step gets to show its effect."""
SHRINKS: Final = 0.25
"""Seconds of backlog a second: what is worked off faster needs no further step."""
CALM_S: Final = 3.0
MOST_CALM_S: Final = 60.0
RELAPSE_S: Final = 30.0
"""A step that is taken again within this time doubles the calm that is waited for before the next step down."""


@dataclass(frozen=True, slots=True)
class Step:
    """What is done on a level, beside all that the levels below it do; `reason` is that of its alarm."""

    reason: str = ""
    turn_hops: int = 1
    stages_sleep: bool = True
    widens_hop: bool = False
    sheds: bool = False


_TRACES: Final = "the page draws no traces"
_SLEEP: Final = f"{_TRACES}, and no sleep is staged"
_WIDER: Final = f"{_SLEEP}; windows are further apart, so events come later and faint ones may be missed"
_SHEDS: Final = f"{_WIDER}; what waits for more than {KEPT_S:g} s is not analysed"
# What costs the patient least comes first: traces that only people look at, then sleep, then longer times between
# windows, then samples.
STEPS: Final = (
    Step(),
    Step(turn_hops=4),
    # The detector leaves nothing out at this step: the parent draws the traces, and pauses them from the level
    # TRACES_REST_FROM on.
    Step(_TRACES, turn_hops=4),
    Step(_SLEEP, turn_hops=4, stages_sleep=False),
    Step(_WIDER, turn_hops=4, stages_sleep=False, widens_hop=True),
    Step(_SHEDS, turn_hops=4, stages_sleep=False, widens_hop=True, sheds=True),
)
TOP: Final = len(STEPS) - 1


def alarm_reason(level: int) -> str:
    """Return the reason of a level's alarm, "" where nothing is left out."""
    step = STEPS[level]
    return f"level {level} of {TOP}, this host is too slow: {step.reason}" if step.reason else ""


class Ladder:
    """One detector's level, for all its beds: they share its host. `clock` returns monotonic seconds."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self.level = 0
        self._clock = clock
        self._looked_s = clock()
        self._before_s: dict[str, float] = {}
        self._calm_since_s = math.inf
        self._calm_s = CALM_S
        self._left_s = -math.inf

    @property
    def step(self) -> Step:
        """What is done and left undone at present."""
        return STEPS[self.level]

    def observe(self, backlogs_s: Mapping[str, float]) -> None:
        """Judge by how many seconds of each bed's samples wait."""
        now_s = self._clock()
        self._note_calm(max(backlogs_s.values(), default=0.0), now_s)
        if now_s < self._looked_s + PATIENCE_S:
            return
        stuck = self._stuck(backlogs_s, now_s - self._looked_s)
        self._looked_s, self._before_s = now_s, dict(backlogs_s)
        if stuck and self.level < TOP and (self.level < TOP - 1 or max(stuck) > SHED_FROM_S):
            self._climb(now_s)

    def _stuck(self, backlogs_s: Mapping[str, float], passed_s: float) -> list[float]:
        """Return the backlogs that are long and were not worked off since the last look."""
        worked_s = SHRINKS * passed_s
        return [
            waits_s
            for bed, waits_s in backlogs_s.items()
            # It must have been behind at the look before as well: samples that came all at once since then could not
            # have been analysed yet.
            if min(waits_s, before_s := self._before_s.get(bed, 0.0)) > ON_S and waits_s > before_s - worked_s
        ]

    def _climb(self, now_s: float) -> None:
        self.level += 1
        relapsed = now_s < self._left_s + RELAPSE_S
        self._calm_s = min(2 * self._calm_s, MOST_CALM_S) if relapsed else CALM_S
        self._calm_since_s = math.inf

    def _note_calm(self, longest_s: float, now_s: float) -> None:
        """Go one level down after a calm; anything else than calm begins its time anew."""
        if longest_s >= OFF_S or not self.level:
            self._calm_since_s = math.inf
            return
        self._calm_since_s = min(self._calm_since_s, now_s)
        if now_s >= self._calm_since_s + self._calm_s:
            self.level -= 1
            self._left_s = self._calm_since_s = now_s
