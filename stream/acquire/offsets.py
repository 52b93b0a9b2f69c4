"""Steps of a sender's clock that comparing it with this host's shows, where stamps were not off for long enough."""

import math

STEP_S = 0.05
"""The least step of a sender's clock that is distinguished from jitter, and from how well two clocks are compared."""


class Offsets:
    """What is added to a sender's stamps to have this host's time, over one link."""

    def __init__(self) -> None:
        self._offset_s = math.nan
        self._told_s = 0.0

    def step_s(self, offset_s: float, seen_s: float, *, believed: bool) -> float:
        """Return the step of the sender's clock that a chunk shows, 0 for none; each is returned once.

        Parameters
        ----------
        offset_s
            what was added to the chunk's stamp
        seen_s
            the step that stamps showed by themselves with this chunk
        believed
            whether stamps were times of this host with the offset of before
        """
        self._told_s += seen_s
        if offset_s == self._offset_s:
            return seen_s
        # A clock that is set ahead needs so much less added.
        moved_s = self._offset_s - offset_s
        # Stamps may jump while their clock stands: what they showed is not undone by a comparison that finds no step.
        untold_s = moved_s - self._told_s if abs(moved_s) > STEP_S else 0.0
        self._offset_s, self._told_s = offset_s, 0.0
        # An offset that did not turn stamps into times was a guess, and the next one is no step; nor is what is not
        # known a step, as NaN compares false.
        return untold_s if believed and abs(untold_s) > STEP_S else seen_s
