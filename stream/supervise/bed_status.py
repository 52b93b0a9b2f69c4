"""What the parent publishes of one bed: retained states, alarms as they begin and end, and the page's part."""

import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Final, TypeVar

import structlog

from stream.config.keys import Config
from stream.logbook.parent_journal import ParentJournal
from stream.schema.alarms import most_severe_first
from stream.schema.outgoing import alarm_outgoing
from stream.schema.payload import Message
from stream.schema.reports import AcquireReport, DetectReport, ReadyReport, Report
from stream.schema.states import Heartbeat
from stream.supervise.bed_state import BedState

EVENTS_SHOWN: Final = 20
MINUTE_S: Final = 60.0
HOUR_S: Final = 3600.0
M = TypeVar("M", bound=Message | None)

_log = structlog.get_logger()


class BedStatus:
    """Publishes one bed's state and journals its alarms.

    Parameters
    ----------
    publish
        publishes a retained state
    clock
        returns monotonic seconds
    """

    def __init__(
        self,
        config: Config,
        bed: str,
        journal: ParentJournal,
        publish: Callable[[Message], None],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.bed = bed
        self._state = BedState(config, bed, clock)
        self._journal = journal
        self._publish = publish
        self._journalled: dict[str, str] = {}
        self._published: tuple[str, dict[str, str]] | None = None
        self._invalid: dict[str, str] = {}

    # ---- what is reported ----

    def on_report(self, report: Report) -> None:
        """Keep what a child reports, and publish what it changes."""
        match report:
            case AcquireReport():
                self._state.observe_link(report)
            case DetectReport():
                self._state.observe_detector(report)
            case ReadyReport():
                self._state.observe_ready(report)
                self._publish_valid("info", self._state.info)
        self.publish_status()

    def on_link_ended(self, reason: str) -> None:
        """Record that the bed's acquire has ended or could not be started."""
        self._state.observe_link_ended(reason)
        self.publish_status()

    def on_detector_ended(self, reason: str) -> None:
        """Record that the detector has ended or could not be started."""
        self._state.observe_detector_ended(reason)
        self.publish_status()

    def observe_delivery(self, trouble: str, refused: dict[str, str]) -> None:
        """Record how the broker takes this bed's messages: `trouble` while it is away, what it refused by topic."""
        self._state.set_alarm("broker_down", trouble)
        reasons = "; ".join(f"{topic}: {reason}" for topic, reason in refused.items())
        self._state.set_alarm("broker_refuses", reasons)

    # ---- what is published ----

    def publish_status(self) -> None:
        """Journal alarms that begin or end; publish the status when it changed."""
        self._state.set_alarm("journal_failed", self._journal.health.reason)
        state, alarms = self._state.state_and_alarms()
        # Queued, which cannot fail, before it is noted as done: a full disk delays a transition and loses none.
        self._journal_changes(alarms)
        if (state, alarms) != self._published and self._publish_valid("status", self._status):
            self._published = (state, alarms)

    def publish_states(self) -> None:
        """Publish latency, quality and rate as they are."""
        self._publish_valid("state/latency", self._state.latency)
        self._publish_valid("state/quality", self._state.quality)
        self._publish_valid("state/ied_rate", self._rate)

    def heartbeat(self) -> Heartbeat | None:
        """Return the bed's next heartbeat, None if none can be made of what was reported."""
        coverage = self._journal.accounting(self.bed, self._state.recording)
        return self._valid("heartbeat", lambda: self._state.heartbeat(coverage, self._journal.outbox_size()))

    def alarms(self) -> dict[str, str]:
        """Return the alarm conditions that hold, with their reasons."""
        return self._state.alarms()

    def snapshot(self) -> dict[str, Any]:
        """Return all that the page shows of the bed."""
        status, alarms = self._payload("status", self._status), self._state.alarms()
        return {
            "status": status,
            "alarms": [
                {"name": a.name, "priority": a.priority, "action": a.action, "reason": alarms[a.name]}
                for a in most_severe_first(alarms)
            ],
            "info": self._payload("info", self._state.info),
            "latency": self._payload("state/latency", self._state.latency),
            "sleep": next(iter(self._journal.newest(self.bed, "sleep", 1)), {}),
            "ied_rate": self._payload("state/ied_rate", self._rate),
            "data_age_s": self._state.data_age_s,
            "detecting": self._state.detecting,
            "reason": status.get("reason", ""),
            "events": self._journal.newest(self.bed, "ied", EVENTS_SHOWN),
            "samples": self._journal.accounting(self.bed, self._state.recording),
        }

    def _status(self) -> Message:
        return self._state.status(self._journal.last_seq(self.bed))

    def _rate(self) -> Message:
        minute, hour = (self._journal.ied_rate(self.bed, window_s) for window_s in (MINUTE_S, HOUR_S))
        return self._state.ied_rate(minute, hour)

    def _journal_changes(self, alarms: dict[str, str]) -> None:
        before, self._journalled = self._journalled, alarms
        reasons, now = before | alarms, datetime.now(UTC)
        for name in sorted(before.keys() ^ alarms.keys()):
            on = name in alarms
            _log.warning("alarm" if on else "alarm over", bed=self.bed, alarm=name, reason=reasons[name])
            self._journal.post(self.bed, alarm_outgoing(self.bed, name, on=on, reason=reasons[name], utc=now))

    # ---- messages that may not fit their type ----

    def _publish_valid(self, topic: str, make: Callable[[], Message | None]) -> bool:
        message = self._valid(topic, make)
        if message is not None:
            self._publish(message)
        return message is not None

    def _payload(self, topic: str, make: Callable[[], Message | None]) -> dict[str, Any]:
        message = self._valid(topic, make)
        return message.payload() if message is not None else {}

    def _valid(self, topic: str, make: Callable[[], M]) -> M | None:
        """Return a message; None and an alarm if what a child reported does not fit its type."""
        try:
            message = make()
        except (ValueError, OverflowError) as error:
            # pydantic's errors are ValueErrors; an instant beyond the calendar is the one or the other.
            reason = f"{topic}: {str(error).splitlines()[0]}"
            if topic not in self._invalid:
                _log.error("message left out", bed=self.bed, topic=topic, error=str(error))
            self._invalid[topic] = reason
            message = None
        else:
            self._invalid.pop(topic, None)
        self._state.set_alarm("invalid_state", "; ".join(self._invalid.values()))
        return message
