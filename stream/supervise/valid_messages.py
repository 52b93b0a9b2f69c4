"""Messages made of what a child reported: one that does not fit its type is left out, and an alarm says so."""

from collections.abc import Callable
from typing import Any, TypeVar

import structlog

from stream.schema.payload import Message

M = TypeVar("M", bound=Message | None)

_log = structlog.get_logger()


class ValidMessages:
    """Makes one bed's messages by topic.

    Parameters
    ----------
    publish
        publishes a retained state
    set_alarm
        takes which topics have no message at present and why, "" where all have
    """

    def __init__(self, bed: str, publish: Callable[[Message], None], set_alarm: Callable[[str], None]) -> None:
        self._bed, self._publish, self._set_alarm = bed, publish, set_alarm
        self._invalid: dict[str, str] = {}

    def publish(self, topic: str, make: Callable[[], Message | None]) -> bool:
        """Publish a message; False if there is none."""
        message = self.made(topic, make)
        if message is not None:
            self._publish(message)
        return message is not None

    def payload(self, topic: str, make: Callable[[], Message | None]) -> dict[str, Any]:
        """Return what a message says, nothing if there is none."""
        message = self.made(topic, make)
        return message.payload() if message is not None else {}

    def made(self, topic: str, make: Callable[[], M]) -> M | None:
        """Return a message; None and an alarm if what a child reported does not fit its type."""
        try:
            message = make()
        except (ValueError, OverflowError) as error:
            # pydantic's errors are ValueErrors; an instant beyond the calendar is the one or the other.
            reason = f"{topic}: {str(error).splitlines()[0]}"
            if topic not in self._invalid:
                _log.error("message left out", bed=self._bed, topic=topic, error=str(error))
            self._invalid[topic] = reason
            message = None
        else:
            self._invalid.pop(topic, None)
        self._set_alarm("; ".join(self._invalid.values()))
        return message
