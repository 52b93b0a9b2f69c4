"""Whether a bed's events have a subscriber: an MQTT 5 broker says for each message if it has none (0x10)."""

from collections.abc import Callable
from typing import Final

from stream.publish.mqtt import UNHEARD

UNHEARD_S: Final = 300.0
"""Subscribers that are restarted or updated are back sooner."""
EVENTS: Final = "event/ied"
"""What must be heard: a client may well not care for heartbeats or states."""


class Hearing:
    """What the broker said of one bed's messages. `clock` returns monotonic seconds.

    `unheard` counts the messages to which no client had subscribed.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._since_s: float | None = None
        self.unheard = 0

    def observe(self, topic: str, code: int) -> None:
        """Keep the broker's answer to a message that it took."""
        self.unheard += code == UNHEARD
        if code != UNHEARD:
            self._since_s = None
        elif topic == EVENTS and self._since_s is None:
            self._since_s = self._clock()

    @property
    def reason(self) -> str:
        """Return that the bed's events had no subscriber for a while; "" if they have one, or nothing was found."""
        if self._since_s is None or self._clock() - self._since_s < UNHEARD_S:
            return ""
        return f"events were found, and no client has been subscribed to this bed for more than {UNHEARD_S / 60:g} min"
