"""Events as JSON lines: one object a line, with every key that the event has."""

import json
from collections.abc import Sequence
from typing import TextIO

from stream.cli.formats.contract import Event, EventFormat


class JsonLines:
    """Writes whole events; columns are for tables."""

    def __init__(self, out: TextIO, _columns: Sequence[str]) -> None:
        self._out = out

    def write(self, event: Event) -> None:
        """Write one line."""
        self._out.write(json.dumps(event, ensure_ascii=False, default=str) + "\n")
        # A program may be reading from the other end of a pipe while a long recording is still being scored.
        self._out.flush()


FORMAT = EventFormat("json", ".jsonl", JsonLines)
