"""Alarms in log and journal: as they begin, as their reason becomes known or changes, and as they end."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

import structlog

from stream.logbook.parent_journal import ParentJournal
from stream.schema.outgoing import alarm_outgoing

AGAIN_S: Final = 5.0
"""The least time between two messages of one alarm: a reason that changes with every search must fill no journal."""
NUMBERS_AGAIN_S: Final = 60.0
"""The same for a reason in which nothing but numbers has changed: how far behind, how many seconds."""
_NUMBER: Final = re.compile(r"\d+(\.\d+)?")

_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class _Told:
    reason: str
    at_s: float


class AlarmLog:
    """What was told of one bed's alarms. `clock` returns monotonic seconds."""

    def __init__(self, bed: str, journal: ParentJournal, clock: Callable[[], float]) -> None:
        self._bed = bed
        self._journal = journal
        self._clock = clock
        self._told: dict[str, _Told] = {}

    def note(self, alarms: dict[str, str]) -> None:
        """Log and journal what is new of the alarms that hold, by name, with the reason of each."""
        # Alarms that change together are told by name.
        for name in sorted(self._told.keys() | alarms.keys()):
            if name not in alarms:
                self._tell("alarm over", name, self._told.pop(name).reason, on=False)
            elif name not in self._told or self._is_news(self._told[name], alarms[name]):
                self._told[name] = _Told(alarms[name], self._clock())
                self._tell("alarm", name, alarms[name], on=True)

    def _is_news(self, told: _Told, reason: str) -> bool:
        if reason == told.reason:
            return False
        only_numbers = _NUMBER.sub("#", reason) == _NUMBER.sub("#", told.reason)
        # What is held back is not lost: it is looked at with every report and tick until it is due.
        return self._clock() - told.at_s >= (NUMBERS_AGAIN_S if only_numbers else AGAIN_S)

    def _tell(self, what: str, name: str, reason: str, *, on: bool) -> None:
        _log.warning(what, bed=self._bed, alarm=name, reason=reason)
        self._journal.post(self._bed, alarm_outgoing(self._bed, name, on=on, reason=reason, utc=datetime.now(UTC)))
