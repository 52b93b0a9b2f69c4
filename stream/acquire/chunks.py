"""How long the chunks are in which a sender sends: as it sends them, however they are pulled."""

import math
from collections import deque
from statistics import median
from typing import Final

BURST: Final = 0.25
"""Samples that come within this share of their duration belong to the chunk before: a long one is pulled in pieces."""
_RECENT: Final = 32


class Chunks:
    """The newest chunks of one link, of this rate."""

    def __init__(self, rate_hz: float) -> None:
        self._rate_hz = rate_hz
        self._lengths: deque[int] = deque(maxlen=_RECENT)
        self._newest_s = -math.inf

    @property
    def usual_s(self) -> float:
        """The usual length of a chunk, 0 while none has come."""
        # Of the newest, pieces may still be coming.
        whole = list(self._lengths)[:-1] or self._lengths
        # The median, as a stall is followed by a chunk that is as long as the stall.
        return median(whole) / self._rate_hz if whole else 0.0

    def note(self, length: int, arrival_s: float) -> None:
        """Note samples that came."""
        if arrival_s - self._newest_s < BURST * length / self._rate_hz:
            self._lengths[-1] += length
        else:
            self._lengths.append(length)
        self._newest_s = arrival_s
