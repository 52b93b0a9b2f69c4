"""What is known of one sender's clock: compared with this host's, and until then assumed where both are on one host.

That two ends are on one host is known by its name alone, and hosts are called "localhost" or "debian" by the dozen. So
the assumption ends with the first sample that contradicts it.
"""

import math
import time
from collections.abc import Callable
from typing import Final

SAME_CLOCK_S: Final = 0.25
"""On one host a sample is not stamped further than this from its arrival, unless the host is very busy."""


class SenderClock:
    """The offset of one sender's clock; the puller and the thread that compares the clocks share it."""

    def __init__(self, *, same_host: bool, now_s: Callable[[], float] = time.monotonic) -> None:
        self._now_s = now_s
        # Apart, so that the puller's doubt never undoes what the other thread has measured meanwhile.
        self._assumed_s = 0.0 if same_host else math.nan
        self._measured_s = self._remote_s = math.nan
        self._compared_s = now_s()

    @property
    def offset_s(self) -> float:
        """What is added to a stamp to have this host's clock; NaN while unknown."""
        return self._assumed_s if math.isnan(self._measured_s) else self._measured_s

    def age_s(self) -> float:
        """Return how long ago the clocks were compared; since the beginning, if never."""
        return self._now_s() - self._compared_s

    def note_comparison(self, offset_s: float, remote_s: float) -> None:
        """Keep an offset, NaN for no answer, measured at `remote_s` of the sender's clock."""
        if math.isnan(offset_s):
            return
        self._measured_s = offset_s
        # liblsl hands the offset of before out again where no probe was answered: only its time tells.
        if remote_s != self._remote_s:
            self._remote_s, self._compared_s = remote_s, self._now_s()

    def note_arrival(self, stamp_s: float) -> None:
        """Give up the assumption if what has just come was not stamped just now."""
        if math.isnan(self._measured_s) and abs(self._now_s() - stamp_s) > SAME_CLOCK_S:
            self._assumed_s = math.nan
