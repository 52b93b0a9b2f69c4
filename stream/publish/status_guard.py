"""Guards the retained status: what another client writes there is overwritten at once, and reported."""

import json
import math
from collections import deque
from collections.abc import Callable
from typing import Final

TELL_S: Final = 60.0
"""So long after a stranger's status the alarm stays."""
WAY_S: Final = 30.0
"""So late one's own status may be looked at: sixteen messages may wait before it, one of them is looked at a second."""
LONGEST_WILL: Final = 10_000
"""Bytes; a status of a bed has some hundred."""
LOST: Final = "the connection to Spikewatch was lost"
"""Reason of the last will, which a broker may publish behind the status of the next connection."""


class StatusGuard:
    """Compares what stands in one bed's status topic with what was published. `clock` returns monotonic seconds."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._own = ""
        # When each was published, and what, the oldest first.
        self._on_their_way: deque[tuple[float, str]] = deque()
        self._until_s = -math.inf

    def published(self, payload: str, *, comes_back: bool) -> None:
        """Keep what this program wrote there last; `comes_back`: whether the broker sends it to its writer as well."""
        self._own = payload
        self._forget_lost()
        if comes_back:
            self._on_their_way.append((self._clock(), payload))

    def is_foreign(self, payload: bytes) -> bool:
        """Report whether a payload has to be overwritten; one of a stranger is an alarm for a while."""
        if not self._own or self._came_back(payload) or payload == self._own.encode():
            return False
        if not _is_will(payload):
            self._until_s = self._clock() + TELL_S
        return True

    def _came_back(self, payload: bytes) -> bool:
        """Report whether a payload is one's own on its way back; a later one then follows, and stands there."""
        self._forget_lost()
        sent = [own.encode() for _, own in self._on_their_way]
        if payload not in sent:
            return False
        # Each comes back once, in order: the same text again is a stranger's, and so is that of an earlier one.
        for _ in range(sent.index(payload) + 1):
            self._on_their_way.popleft()
        return True

    def _forget_lost(self) -> None:
        # What was lost on the way back would else be taken for one's own from whoever writes it, and would stay.
        while self._on_their_way and self._clock() - self._on_their_way[0][0] >= WAY_S:
            self._on_their_way.popleft()

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
