"""Samples that never came while their stream was followed: an alarm for a minute, with what is known of the cause."""

import math
from collections import deque
from typing import Final

LEAST_S: Final = 1.0
"""Less than this within a minute is no alarm: wireless amplifiers drop a packet now and then, and gaps are booked."""
TOLD_S: Final = 60.0
PAUSE_S: Final = 1.0


class MissingSamples:
    """What one link found missing of late; times are this host's."""

    def __init__(self) -> None:
        self._found: deque[tuple[float, float]] = deque()
        self._cause = ""
        self._newest_s = math.nan
        self._pause = (-math.inf, 0.0)

    def note_samples(self, arrival_s: float) -> None:
        """Note when samples came: after a pause, what is missing was dropped by a buffer that was full."""
        pause_s = arrival_s - self._newest_s
        if pause_s > PAUSE_S:
            self._pause = arrival_s, pause_s
        self._newest_s = arrival_s

    def note_missing(self, seconds: float, now_s: float) -> None:
        """Note so many seconds of samples that are counted as missing."""
        self._found.append((now_s, seconds))
        ended_s, pause_s = self._pause
        # Found some seconds after the pause; no more can be dropped in a pause than it lasted.
        dropped = now_s - ended_s <= TOLD_S and seconds <= pause_s
        self._cause = (
            f"nothing came for {pause_s:.0f} s before, which is more than was held for this host"
            if dropped
            else "others came all along, so the sender or its network drops some"
        )

    def alarm(self, now_s: float) -> str:
        """Return what was found missing in the last minute, "" if it is too little."""
        while self._found and now_s - self._found[0][0] > TOLD_S:
            self._found.popleft()
        total_s = sum(seconds for _, seconds in self._found)
        return f"{total_s:.1f} s of samples never came: {self._cause}" if total_s >= LEAST_S else ""
