"""What a format of exported events is."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TextIO

Event = dict[str, Any]
"""A journalled payload, or an event found in a file: keys of the message's schema, values as JSON knows them."""


# A protocol and no base class: a format of another package need not import this one.
class EventWriter(Protocol):
    """Writes events, in the order in which they come."""

    def write(self, event: Event) -> None:
        """Write one event."""


@dataclass(frozen=True, slots=True)
class EventFormat:
    """A format that `score` and `events` can write.

    Parameters
    ----------
    name
        what `--format` accepts
    ending
        of the files that have this format when `--format` is not given, with its dot
    writer
        makes the writer for an open text file and the columns of a table. A table shows these columns and no other;
        a format that keeps an event whole ignores them. What comes before the first event is written here, so that
        a list without events is still a valid file.
    """

    name: str
    ending: str
    writer: Callable[[TextIO, Sequence[str]], EventWriter]
