"""Guards the retained status: what another client writes there is overwritten at once, and reported."""

import json
import math
from collections.abc import Callable
from typing import Final

TELL_S: Final = 60.0
"""So long after a stranger's status the alarm stays."""
LONGEST_WILL: Final = 10_000
"""Bytes; a status of a bed has some hundred."""
LOST: Final = "the connection to Spikewatch was lost"
"""Reason of the last will, which a broker may publish behind the status of the next connection."""


class StatusGuard:
    """Compares what stands in one bed's status topic with what was published. `clock` returns monotonic seconds."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._own = ""
        self._until_s = -math.inf

    def published(self, payload: str) -> None:
        """Keep what this program wrote there last."""
        self._own = payload

    def is_foreign(self, payload: bytes) -> bool:
        """Report whether a payload has to be overwritten; one of a stranger is an alarm for a while."""
        if not self._own or payload == self._own.encode():
            return False
        if not _is_will(payload):
            self._until_s = self._clock() + TELL_S
        return True

    @property
    def reason(self) -> str:
        """Return that another client wrote the status lately; "" if none did."""
        if self._clock() >= self._until_s:
            return ""
        return "another client has written this bed's retained status; it was overwritten at once"


def _is_will(payload: bytes) -> bool:
    # A stranger's text may be as long, and as deep, as a message can be: a will is neither.
    if len(payload) > LONGEST_WILL:
        return False
    try:
        status = json.loads(payload)
    except (ValueError, RecursionError):
        return False
    return isinstance(status, dict) and status.get("state") in ("offline", "stopped")
