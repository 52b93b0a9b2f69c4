"""Whether a sender's stamps can be believed: what has just arrived is neither of the future nor older than can be held.

A stamp that says otherwise is of another clock (a device that counts from its own start), and the arrival is the time.
"""

import math
from collections import deque
from statistics import median
from typing import Final

from stream.acquire.offsets import STEP_S

PROMPT_S: Final = 5.0
"""A new link has no backlog: stamps that begin further than this from their arrivals are of another clock."""
FUTURE_S: Final = 0.5
"""No sample is taken after it came. A clock's offset is known to milliseconds; some senders stamp a chunk's end."""
HELD_S: Final = 360.0
"""As old as a sample may be when it comes: what LSL's buffer holds (`lsl.BUFFER_S`)."""
STILL_S: Final = 2.0
"""A stamp that stays the same for so long, while samples come, is no time: shorter than filters settle."""
SAME_S: Final = 0.005
"""How far one stamp may seem to move while the sender's clock is compared with this host's."""
STEADY_SECONDS: Final = 60
"""A clock that was found fast or slow keeps time again once its stamps lie as far from their arrivals for so long."""


class StampTrust:
    """What is known of one link's stamps.

    Attributes
    ----------
    delay_s
        how long before its arrival the newest sample was taken, by its stamp; NaN if the sender's clock is not known
    believed
        whether times are those of the stamps, or could be if the sender's clock were known
    fast
        by which share of time the sender's clock was found to run fast, less than 0 for slow; 0 while it keeps time
    """

    def __init__(self) -> None:
        self.delay_s = math.nan
        self.believed = True
        self.fast = 0.0
        self._prompt = False
        self._stamp_s = self._since_s = math.nan  # a stamp, and the first arrival that had it
        self._second_s = 0.0
        self._delays_s: deque[float] = deque(maxlen=STEADY_SECONDS)

    def check(self, delay_s: float, chunk_s: float, arrival_s: float = 0.0) -> tuple[bool, float]:
        """Check the stamp of a chunk of this length; return whether it counts, and a step of the sender's clock (s)."""
        self.delay_s = delay_s
        if math.isnan(delay_s):
            return False, 0.0
        prompt_s = PROMPT_S + chunk_s
        if self.fast and not self._is_steady(delay_s, chunk_s):
            return False, 0.0
        self.fast = 0.0
        # A link that has shown stamps of its own time may fall behind later, and hold what it could not send.
        was_prompt = self._prompt
        earliest_s = -FUTURE_S - chunk_s
        self._prompt = was_prompt or earliest_s <= delay_s <= prompt_s
        latest_s = HELD_S if self._prompt else prompt_s
        self.believed = earliest_s <= delay_s <= latest_s and not self._is_still(arrival_s - delay_s, arrival_s)
        if self.believed or not was_prompt:
            return self.believed, 0.0
        self._prompt = False
        return False, -delay_s

    def note_fast(self, share: float) -> None:
        """Note that the sender's clock runs fast: no stamp is believed meanwhile, as its error grows."""
        self.fast, self.believed = share, False
        self._second_s = 0.0
        self._delays_s.clear()

    def _is_still(self, stamp_s: float, arrival_s: float) -> bool:
        """Report whether stamps have stayed the same while samples came."""
        if not abs(stamp_s - self._stamp_s) <= SAME_S:
            self._stamp_s, self._since_s = stamp_s, arrival_s
        return arrival_s - self._since_s >= STILL_S

    def _is_steady(self, delay_s: float, chunk_s: float) -> bool:
        """Report whether stamps and arrivals have advanced together for a minute, a jump of stamps that is over."""
        self._second_s += chunk_s
        # Of a second the least delay, since a network only adds to it.
        if self._second_s >= 1.0 or not self._delays_s:
            self._second_s = 0.0
            self._delays_s.append(delay_s)
        self._delays_s[-1] = min(self._delays_s[-1], delay_s)
        third = STEADY_SECONDS // 3
        begun_s, ended_s = list(self._delays_s)[:third], list(self._delays_s)[-third:]
        return len(self._delays_s) == STEADY_SECONDS and abs(median(ended_s) - median(begun_s)) <= STEP_S

    def doubt(self) -> None:
        """Note that the sender's clock was set: it has to show this host's time again before a backlog is believed."""
        self._prompt = False
