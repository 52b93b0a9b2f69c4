"""How long the chunks are in which a sender sends: as it sends them, however they are pulled."""

import math
from collections import deque
from statistics import median
from typing import Final

BURST: Final = 0.25
"""Samples that come within this share of their duration belong to the chunk before: a long one is pulled in pieces."""
LONGER: Final = 1.5
"""Times the pause before it: a chunk is no longer. What comes faster all the time is sent at another rate."""
FIRST_PAUSE_S: Final = 5.0
"""How long a stream that was just bound may take to begin, as `link.FIRST_CHUNK_S`."""
_RECENT: Final = 32


class Chunks:
    """The newest chunks of one link, of this rate."""

    def __init__(self, rate_hz: float) -> None:
        self._rate_hz = rate_hz
        self._lengths: deque[int] = deque(maxlen=_RECENT)
        self._newest_s = math.nan
        self._pause_s = FIRST_PAUSE_S

    @property
    def usual_s(self) -> float:
        """The usual length of a chunk, 0 while none has come."""
        # Of the newest, pieces may still be coming.
        whole = list(self._lengths)[:-1] or self._lengths
        # The median, as a stall is followed by a chunk that is as long as the stall.
        return median(whole) / self._rate_hz if whole else 0.0

    def note(self, length: int, arrival_s: float) -> None:
        """Note samples that came."""
        since_s, joined = arrival_s - self._newest_s, length + (self._lengths[-1] if self._lengths else 0)
        # NaN compares false: the first chunk joins none.
        if since_s < BURST * length / self._rate_hz and joined / self._rate_hz <= LONGER * self._pause_s:
            self._lengths[-1] = joined
        else:
            self._lengths.append(length)
            self._pause_s = FIRST_PAUSE_S if math.isnan(since_s) else since_s
        self._newest_s = arrival_s
