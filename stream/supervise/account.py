"""The account of one bed at one moment: status, page, metrics, log and journal all report from it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from stream.schema.alarms import most_severe_first
from stream.schema.states import Status
from stream.terms import Stage

State = Literal["online", "degraded", "stale"]


@dataclass(frozen=True, slots=True)
class Account:
    """Whether a bed is watched, since when, and what is not.

    Attributes
    ----------
    alarms
        the technical alarm conditions that hold, the gravest first, each with its reason
    groups
        each group that is not analysed, with the reason; all of them on a bed that is not watched
    stage
        the sleep stage, "unknown" on a bed that is not watched
    data_age_s, analysed_age_s
        since the newest sample came, and since the newest analysed one did; since the start, while there is none
    """

    state: State
    since_utc: datetime
    reason: str
    alarms: dict[str, str]
    groups: dict[str, str]
    stage: Stage
    data_age_s: float
    analysed_age_s: float

    @property
    def detecting(self) -> bool:
        """Whether live samples are being analysed."""
        return self.state != "stale"

    def shown_alarms(self) -> list[dict[str, str]]:
        """Return the alarms as the page lists them: the gravest first, each with its reason and what to do."""
        return [
            {"name": alarm.name, "priority": alarm.priority, "action": alarm.action, "reason": self.alarms[alarm.name]}
            for alarm in most_severe_first(self.alarms)
        ]

    def status(self, bed: str, last_seq: int) -> Status:
        """Return it as the message `status`."""
        conditions = most_severe_first(self.alarms)
        return Status(
            bed=bed,
            state=self.state,
            reason=self.reason,
            alarms=self.alarms,
            priorities={alarm.name: alarm.priority for alarm in conditions},
            actions={alarm.name: alarm.action for alarm in conditions},
            groups=self.groups,
            since_utc=self.since_utc,
            last_seq=last_seq,
        )
