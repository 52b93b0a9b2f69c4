"""What the parent publishes of one bed: retained states, alarms as they begin and end, and the page's part.

All of it tells the one account that was made last; it is made anew with every report, and by the parent's tick.
"""

import math
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Final

from stream.config.keys import Config
from stream.logbook.parent_journal import ParentJournal
from stream.schema.outgoing import audit_outgoing, sleep_withdrawal
from stream.schema.payload import Message
from stream.schema.rejections import REJECTIONS
from stream.schema.reports import AcquireReport, DetectReport, ReadyReport, Report
from stream.schema.states import Heartbeat
from stream.supervise.alarm_log import AlarmLog
from stream.supervise.bed_state import BedState
from stream.supervise.nrem_index import WINDOW_H, NremIndex, spike_wave_index
from stream.supervise.rejected_spans import RejectedSpans
from stream.supervise.valid_messages import ValidMessages
from stream.terms import ARTEFACTS
from stream.wallclock import utc_of

EVENTS_SHOWN: Final = 20
MINUTE_S: Final = 60.0
HOUR_S: Final = 3600.0
# A detector far behind may still find stages of samples long past: so often they are looked for.
STAGE_LOOKED_FOR_EVERY_S: Final = 5.0


class BedStatus:
    """Publishes one bed's state and journals its alarms.

    Parameters
    ----------
    publish
        publishes a retained state
    clock
        returns monotonic seconds

    Attributes
    ----------
    account
        what status, page, metrics, log and journal tell at present
    rejected
        when which group was not analysed, for as long as its samples are in memory
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
        self._clock = clock
        self.account = self._state.account()
        [settings] = [one for one in config.bed if one.id == bed]
        self.rejected = RejectedSpans(settings.acquire.ring_s, clock)
        self._alarm_log = AlarmLog(bed, journal, clock)
        self._published: tuple[object, ...] | None = None
        self._stage_due_s = -math.inf
        self._withdrawn = ""
        self._audited_recording = 0
        self._bound: dict[str, str] = {}
        self._nrem_index = NremIndex(clock)
        self._valid = ValidMessages(bed, publish, lambda reason: self._state.set_alarm("invalid_state", reason))

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
                self._valid.publish("info", self._state.info)
                self._audit_bound(report)
        self.publish_status()

    def on_link_ended(self, reason: str) -> None:
        """Record that the bed's acquire has ended or could not be started."""
        self._state.observe_link_ended(reason)
        self.publish_status()

    def on_detector_ended(self, reason: str) -> None:
        """Record that the detector has ended or could not be started."""
        self._state.observe_detector_ended(reason)
        self.publish_status()

    def observe_crashes(self, reason: str) -> None:
        """Record which of the bed's processes end again and again."""
        self._state.set_alarm("crash_loop", reason)

    def observe_delivery(self, trouble: str, refused: dict[str, str], unheard: str = "", foreign: str = "") -> None:
        """Record how the broker takes this bed's messages.

        `trouble` while it is away, what it refused by topic, that nobody hears them, and who else writes its status.
        """
        self._state.set_alarm("no_subscriber", unheard)
        self._state.set_alarm("foreign_status", foreign)
        self._state.set_alarm("broker_down", trouble)
        reasons = "; ".join(f"{topic}: {reason}" for topic, reason in refused.items())
        self._state.set_alarm("broker_refuses", reasons)

    # ---- what is published ----

    def publish_status(self) -> None:
        """Journal alarms that begin, change or end; publish the status when it changed."""
        self._state.set_alarm("journal_failed", self._journal.health.reason)
        self._state.set_alarm("journal_large", self._journal.large)
        account = self.account = self._state.account()
        # Queued, which cannot fail, before it is noted as done: a full disk delays a transition and loses none.
        self._alarm_log.note(account.alarms)
        self._audit_source(account.alarms)
        self.rejected.observe(account.groups)
        shown = (account.state, account.alarms, account.groups)
        if shown != self._published and self._valid.publish("status", self._status):
            self._published = shown
        if account.detecting:
            self._stage_due_s = -math.inf
        elif self._clock() >= self._stage_due_s:
            self._stage_due_s = self._clock() + STAGE_LOOKED_FOR_EVERY_S
            self.withdraw_stage()

    def _audit_source(self, alarms: dict[str, str]) -> None:
        """Journal once for each recording that another sender has taken its stream's place."""
        recording = self._state.recording
        if "source_changed" in alarms and recording != self._audited_recording:
            self._audited_recording = recording
            detail = {"reason": alarms["source_changed"], "recording": str(recording)}
            self._journal.post(self.bed, audit_outgoing(self.bed, "source_changed", detail, datetime.now(UTC)))

    def _audit_bound(self, report: ReadyReport) -> None:
        """Journal once for each recording which models watch it; the journal has its stream's description beside it."""
        detail = {"recording": str(report.recording), "rate_hz": f"{report.rate_hz:g}"}
        for use, model in (("detector", report.detector), ("sleep", report.sleep)):
            detail |= {f"{use}_{key}": value for key, value in model.items()}
        if detail != self._bound:
            self._bound = detail
            # Not compared: while an electrode is lost there is one less.
            detail = detail | {"channels": str(len(report.channels))}
            self._journal.post(self.bed, audit_outgoing(self.bed, "source_accepted", detail, datetime.now(UTC)))

    def withdraw_stage(self) -> None:
        """Journal, and so retain, that the sleep stage is not known, if the newest message names one."""
        for newest in self._journal.newest(self.bed, "sleep", 1):
            # The same message again: the withdrawal waits to be written.
            if newest["stage"] != "unknown" and newest["id"] != self._withdrawn:
                self._withdrawn = newest["id"]
                self._journal.post(self.bed, sleep_withdrawal(self.bed, datetime.now(UTC)))

    def publish_states(self) -> None:
        """Publish latency, quality, rate and spike-wave index as they are."""
        self._valid.publish("state/latency", self._state.latency)
        self._valid.publish("state/quality", self._state.quality)
        self._valid.publish("state/ied_rate", self._rate)
        if self._nrem_index.is_due:
            self._valid.publish("state/spike_wave_index", self._spike_wave_index)

    def heartbeat(self) -> Heartbeat | None:
        """Return the bed's next heartbeat, None if none can be made of what was reported."""
        coverage = self._journal.accounting(self.bed, self._state.recording)
        return self._valid.made("heartbeat", lambda: self._state.heartbeat(coverage, self._journal.outbox_size()))

    def numbers(self) -> dict[str, Any]:
        """Return what of `snapshot` may be another the next moment: cheap enough to be asked ten times a second."""
        account = self.account
        minute, hour = self._counts()
        return {
            # Not the message, whose making takes as long as half of the rest.
            "status": {"state": account.state, "reason": account.reason},
            "alarms": account.shown_alarms(),
            "sleep": next(iter(self._journal.newest(self.bed, "sleep", 1)), {}),
            "ied_rate": {"last_minute": minute, "last_hour": hour},
            "data_age_s": self._state.data_age_s,
            "detecting": account.detecting,
            "reason": account.reason,
        }

    def snapshot(self) -> dict[str, Any]:
        """Return all that the page shows of the bed."""
        return self.numbers() | {
            "status": self._valid.payload("status", self._status),
            "info": self._valid.payload("info", self._state.info),
            "latency": self._valid.payload("state/latency", self._state.latency),
            "groups": {group: REJECTIONS.get(reason, reason) for group, reason in self.account.groups.items()},
            "channels": {name: REJECTIONS.get(reason, reason) for name, reason in self._state.bad_channels.items()},
            "events": self._journal.newest(self.bed, "ied", EVENTS_SHOWN),
            "artefacts": {ARTEFACTS.get(name, name): n for name, n in self._state.artefacts.total.items()},
            "samples": self._journal.accounting(self.bed, self._state.recording),
        }

    def _status(self) -> Message:
        return self.account.status(self.bed, self._journal.last_seq(self.bed))

    def _spike_wave_index(self) -> Message:
        utc = utc_of(self._clock())
        return self._journal.of_night(self.bed, WINDOW_H * HOUR_S, lambda night: spike_wave_index(self.bed, utc, night))

    def _rate(self) -> Message:
        return self._state.ied_rate(*self._counts())

    def _counts(self) -> tuple[int, int]:
        """Count the IEDs of the last minute and of the last hour."""
        return self._journal.ied_rate(self.bed, MINUTE_S), self._journal.ied_rate(self.bed, HOUR_S)
