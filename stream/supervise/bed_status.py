"""What the parent tells of one bed: retained states, alarms as they begin and end, the page's picture."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import structlog

from stream.config.keys import Config
from stream.logbook.journal import Journal
from stream.schema.messages import Heartbeat, Message
from stream.schema.outgoing import alarm_outgoing
from stream.schema.reports import AcquireReport, DetectReport, ReadyReport, Report
from stream.supervise.bed_state import BedState

EVENTS_SHOWN = 20
MINUTE_S, HOUR_S = 60.0, 3600.0

_log = structlog.get_logger()


class BedStatus:
    """One bed's outlook, and whom to tell of it: `say` publishes a state, `wake` has the journal looked into."""

    def __init__(
        self, config: Config, bed: str, journal: Journal, say: Callable[[Message], None], wake: Callable[[], None]
    ) -> None:
        self.bed = bed
        self._outlook = BedState(config, bed)
        self._journal = journal
        self._say = say
        self._wake = wake
        self._alarms: dict[str, str] = {}
        self._state = ""

    # ---- what is heard ----

    def hear(self, report: Report) -> None:
        """Take what a child reports, and tell what it changes."""
        match report:
            case AcquireReport():
                self._outlook.hear_link(report)
            case DetectReport():
                self._outlook.hear_detector(report)
            case ReadyReport():
                self._outlook.hear_ready(report)
                self._tell_info()
        self.tell_status()

    def hear_link_gone(self) -> None:
        """Note that the bed's acquire has ended."""
        self._outlook.hear_link_gone()
        self.tell_status()

    def hear_detector_gone(self) -> None:
        """Note that the detector has ended."""
        self._outlook.hear_detector_gone()
        self.tell_status()

    def hear_broker(self, trouble: str, refused: dict[str, str]) -> None:
        """Note how the broker takes this bed's messages: `trouble` while it is away, what it refused by topic."""
        self._outlook.set_alarm("broker_down", trouble)
        reasons = "; ".join(f"{topic}: {reason}" for topic, reason in refused.items())
        self._outlook.set_alarm("broker_refuses", reasons)

    # ---- what is told ----

    def tell_status(self) -> None:
        """Journal alarms that begin or end; publish the status when it changed."""
        (state, alarms), before = self._outlook.stands(), self._alarms
        if (state, alarms) == (self._state, before):
            return
        status = self._outlook.status(self._journal.last_seq(self.bed))
        self._state, self._alarms = state, alarms
        self._post_changes(before, alarms)
        self._say(status)

    def tell_states(self) -> None:
        """Publish latency, quality and rate as they stand."""
        for state in (self._outlook.latency(), self._outlook.quality(), self._rate()):
            self._say(state)

    def heartbeat(self) -> Heartbeat:
        """Give the bed's next heartbeat."""
        coverage = self._journal.accounting(self.bed, self._outlook.recording)
        return self._outlook.heartbeat(coverage, self._journal.outbox_size())

    def picture(self) -> dict[str, Any]:
        """Give all that the page shows of the bed."""
        info, status = self._outlook.info(), self._outlook.status(self._journal.last_seq(self.bed))
        return {
            "status": status.payload(),
            "info": info.payload() if info else {},
            "latency": self._outlook.latency().payload(),
            "sleep": next(iter(self._journal.newest(self.bed, "sleep", 1)), {}),
            "ied_rate": self._rate().payload(),
            "data_age_s": self._outlook.data_age_s,
            "detecting": self._outlook.detecting,
            "reason": status.reason,
            "events": self._journal.newest(self.bed, "ied", EVENTS_SHOWN),
            "samples": self._journal.accounting(self.bed, self._outlook.recording),
        }

    def _tell_info(self) -> None:
        info = self._outlook.info()
        if info is not None:
            self._say(info)

    def _rate(self) -> Message:
        minute, hour = (self._journal.ied_rate(self.bed, window_s) for window_s in (MINUTE_S, HOUR_S))
        return self._outlook.ied_rate(minute, hour)

    def _post_changes(self, before: dict[str, str], after: dict[str, str]) -> None:
        changes, reasons, now = before.keys() ^ after.keys(), before | after, datetime.now(UTC)
        for name in changes:
            happened = "alarm" if name in after else "alarm over"
            _log.warning(happened, bed=self.bed, alarm=name, reason=reasons[name])
        messages = [alarm_outgoing(self.bed, n, on=n in after, reason=reasons[n], utc=now) for n in sorted(changes)]
        if messages:
            self._journal.post(self.bed, messages)
            self._wake()
