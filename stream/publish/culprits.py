"""Which message makes the broker hang up: sent again, it would do so every time, and block all messages behind it."""

import time
from collections import Counter
from collections.abc import Callable
from typing import Final

from stream.publish.trouble import HUNG_UP

# Topic name invalid, packet too large, payload format invalid: the fault of one message, not of the connection.
ONE_MESSAGES_FAULT: Final = frozenset({0x90, 0x95, 0x99})
# MQTT 3.1.1 gives no reasons: a message that was on its way at this many hang-ups in a row, and never taken in between,
# is the cause.
FEWEST_HANG_UPS: Final = 3
# A state at which the broker hung up is left out for this long; tried at every change, it would end each connection.
WITHHELD_S: Final = 600.0


class Culprits:
    """Counts hang-ups by what was on its way: the number of a journalled message, or the topic of a state.

    Parameters
    ----------
    clock
        returns monotonic seconds
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._hang_ups: Counter[str] = Counter()
        self._withheld: dict[str, float] = {}

    def taken(self, what: str) -> None:
        """Note that the broker took it: whatever ended the connection before was not this."""
        self._hang_ups.pop(what, None)

    def convicts(self, what: str, code: int) -> bool:
        """Count a connection that ended with this on its way; report whether it is the culprit."""
        self._hang_ups[what] += code == HUNG_UP
        convicted = code in ONE_MESSAGES_FAULT or self._hang_ups[what] >= FEWEST_HANG_UPS
        if convicted or not self._hang_ups[what]:
            del self._hang_ups[what]
        return convicted

    def withhold(self, topic: str) -> None:
        """Leave the states of a topic out for a while."""
        self._withheld[topic] = self._clock() + WITHHELD_S

    def is_withheld(self, topic: str) -> bool:
        """Check whether states of this topic are left out."""
        return self._withheld.get(topic, 0.0) > self._clock()
