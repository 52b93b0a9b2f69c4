"""The state of one bed, from its processes' reports and the clock: what MQTT, page, metrics and alarms show. No I/O."""

import math
import time
from collections.abc import Callable, Iterable
from dataclasses import asdict, replace
from importlib.metadata import version
from typing import Final

import structlog

from stream.config.keys import Config
from stream.schema.alarms import condition, most_severe_first
from stream.schema.rejections import REJECTIONS, explained
from stream.schema.reports import AcquireReport, DetectReport, ReadyReport
from stream.schema.states import Heartbeat, IedRate, Info, Latency, Quality
from stream.supervise.account import Account, State
from stream.supervise.analysed import Analysed
from stream.supervise.artefact_counts import ArtefactCounts
from stream.supervise.initial_reports import unknown_detect, unknown_link
from stream.supervise.latencies import WINDOW_S, RecentLatencies
from stream.supervise.overload import Overload
from stream.wallclock import utc_of

# Older than this and one of the sender's chunks, the newest sample that came is no live EEG any more.
DATA_STALE_S: Final = 2.0
OLD_DATA: Final = "the newest sample is too old to be live EEG"
STARTING: Final = "the detector is starting"
NOT_LIVE: Final = "no live sample has been analysed yet"
STARTING_S: Final = 60.0
"""A normal start is no alarm; one that takes longer is."""
LINK_ALARMS: Final = {
    "starting": "no_stream",
    "resolving": "no_stream",
    "silent": "signal_lost",
    "lost": "signal_lost",
    "refused": "stream_refused",
}

_log = structlog.get_logger()


class BedState:
    """What is known of one bed. `clock` returns monotonic seconds."""

    def __init__(self, config: Config, bed: str, clock: Callable[[], float] = time.monotonic) -> None:
        self.bed = bed
        self.budget_misses = 0
        self.artefacts = ArtefactCounts(clock)
        """What was recognised, and would else have been events."""
        self._budget_ms = config.infer.budget_ms
        self._clock = clock
        self._born_s = clock()
        self._link = unknown_link(bed)
        self._detect = unknown_detect(bed)
        self._ready: ReadyReport | None = None
        self._detector_down = STARTING
        self._parent_alarms: dict[str, str] = {}
        self._latencies = RecentLatencies(clock)
        self._overload = Overload(clock)
        self._analysed = Analysed(config.watch.stale_s, clock)
        self._state: State = "stale"
        self._since = utc_of(clock())
        self._heartbeats = 0

    # ---- what is reported ----

    def observe_link(self, report: AcquireReport) -> None:
        """Keep what acquire reports."""
        self._link = report
        self._note_ability()

    def observe_detector(self, report: DetectReport) -> None:
        """Keep what the detector reports."""
        if report.pending < 0:
            # The detector took the head of another recording for its own: no sample can be analysed before it came.
            _log.error("negative number of pending samples; taken as 0", bed=self.bed, pending=report.pending)
            report = replace(report, pending=0)
        self._detect = report
        self._detector_down = ""
        self.budget_misses += report.budget_misses
        self.artefacts.note(report.artefacts)
        for stage, latencies_s in report.latency_s.items():
            self._latencies.add(stage, latencies_s)
        self._note_ability()
        self._analysed.observe(report)
        self._note_load(report)

    def observe_ready(self, report: ReadyReport) -> None:
        """Keep what the detector is bound to."""
        self._ready = report
        self._analysed.observe_ready(report)

    def observe_link_ended(self, reason: str) -> None:
        """Record that the process that follows the stream ended; its next report has the stream's state."""
        reason = reason or "the process that follows the stream has ended and is being started again"
        self.observe_link(replace(self._link, state="lost", reason=reason))

    def observe_detector_ended(self, reason: str) -> None:
        """Record that the detector's process ended; its next report means that it is back."""
        self._detector_down = reason or "the detector has ended and is being started again"
        # Its last alarms were its own to end: kept, they would stay for as long as it is away.
        self._detect = unknown_detect(self.bed, self._detect.pending)
        self._overload.forget()
        self._note_ability()

    def set_alarm(self, name: str, reason: str) -> None:
        """Raise an alarm of the parent's own, or with an empty reason end it."""
        if reason:
            self._parent_alarms[name] = reason
        else:
            self._parent_alarms.pop(name, None)

    def _note_ability(self) -> None:
        self._analysed.observe_ability(able=self._link.state == "streaming" and not self._detector_down)

    def _note_load(self, report: DetectReport) -> None:
        rate_hz = self._ready.rate_hz if self._ready else self._link.rate_hz
        if rate_hz > 0:
            self._overload.observe(report, rate_hz)

    # ---- what follows from it ----

    @property
    def data_age_s(self) -> float:
        """Seconds since the newest sample came; since the start, while none has."""
        newest_s = self._link.newest_arrival_s
        return self._clock() - (newest_s if math.isfinite(newest_s) else self._born_s)

    def account(self) -> Account:
        """Return the account of this moment."""
        alarms = self._alarms()
        state = self._judge(alarms)
        if state != self._state:
            self._state, self._since = state, utc_of(self._clock())
        stale = state == "stale"
        no_alarm = "" if not stale else self._waits_for()
        return Account(
            state=state,
            since_utc=self._since,
            reason="; ".join(alarms.values()) or no_alarm,
            alarms=alarms,
            groups=self._analysed.not_analysed(next(iter(alarms), "not_live")) if stale else self._analysed.refused,
            stage="unknown" if stale else self._detect.stage,
            data_age_s=self.data_age_s,
            analysed_age_s=self._analysed.age_s,
        )

    def _alarms(self) -> dict[str, str]:
        """Return the technical alarm conditions that hold, the gravest first, with the reason of each."""
        alarms = self._detect.alarms | (self._link.alarms if self._link.state == "streaming" else {})
        starts = self._clock() - self._born_s < STARTING_S
        if self._link.state in LINK_ALARMS and not (starts and self._link.state == "starting"):
            alarms[LINK_ALARMS[self._link.state]] = self._link.reason or self._link.state
        if self._detector_down and not (starts and self._detector_down == STARTING):
            alarms["detector_down"] = self._detector_down
        if self._overload.reason:
            alarms["behind"] = self._overload.reason
        if many := self.artefacts.alarm():
            alarms["artefacts"] = many
        # Only where no other alarm gives the reason: one fault is one alarm, or they are soon not read.
        if not _stops_detection(alarms):
            self._add_refused(alarms)
        alarms |= self._parent_alarms
        return {alarm.name: alarms[alarm.name] for alarm in most_severe_first(alarms)}

    def _add_refused(self, alarms: dict[str, str]) -> None:
        """Add the alarm that says what is not analysed of samples that come."""
        refused = self._analysed.refused
        if self._analysed.all_refused and set(refused.values()) == {"signal"}:
            alarms["reference_lost"] = f"in every group {REJECTIONS['signal']}"
        elif self._analysed.all_refused and set(refused.values()) == {"output"}:
            alarms["invalid_output"] = f"in every group {REJECTIONS['output']}"
        elif self._analysed.reason:
            alarms["nothing_analysed"] = self._analysed.reason
        elif lost := self._analysed.lost:
            alarms["groups_lost"] = explained(lost)

    def _judge(self, alarms: dict[str, str]) -> State:
        if self._data_stale() or self._analysed.stale or _stops_detection(alarms):
            return "stale"
        return "degraded" if alarms else "online"

    def _waits_for(self) -> str:
        """Return why a bed without an alarm is not watched yet, or not just now."""
        if self._detector_down or self._link.state == "starting":
            return self._detector_down or self._link.reason
        return OLD_DATA if self._data_stale() else NOT_LIVE

    def _data_stale(self) -> bool:
        return self._link.state != "streaming" or self.data_age_s > DATA_STALE_S + self._link.chunk_s

    @property
    def bad_channels(self) -> dict[str, str]:
        """Each electrode that may be why its group is not analysed at present, with the reason."""
        return self._detect.channels

    @property
    def recording(self) -> int:
        """The ordinal of the recording that is watched, 0 for none."""
        return self._ready.recording if self._ready else 0

    # ---- messages ----

    def info(self) -> Info | None:
        """Report what watches the bed; nothing before the detector is bound to a stream."""
        if self._ready is None:
            return None
        bound = asdict(self._ready)
        return Info(software="spikewatch", version=version("spikewatch"), budget_ms=self._budget_ms, **bound)

    def heartbeat(self, coverage: dict[str, int], outbox: int) -> Heartbeat:
        """Report that the parent lives, and how far everything has come."""
        self._heartbeats += 1
        newest_s = self._link.newest_arrival_s
        return Heartbeat(
            bed=self.bed,
            seq=self._heartbeats,
            utc=utc_of(self._clock()),
            newest_sample_utc=utc_of(newest_s) if math.isfinite(newest_s) else None,
            coverage=coverage,
            pending=self._detect.pending,
            outbox=outbox,
        )

    def latency(self) -> Latency:
        """Report each stage's latency over the last minute."""
        return Latency(
            bed=self.bed,
            utc=utc_of(self._clock()),
            window_s=WINDOW_S,
            stages_ms=self._latencies.quantiles_ms(),
            budget_ms=self._budget_ms,
            budget_misses=self.budget_misses,
            data_age_s=self.data_age_s,
        )

    def quality(self) -> Quality:
        """Report which groups cannot be analysed at present, and which channels may be at fault."""
        detect = self._detect
        return Quality(bed=self.bed, utc=utc_of(self._clock()), groups=detect.groups, channels=detect.channels)

    def ied_rate(self, last_minute: int, last_hour: int) -> IedRate:
        """Report counts of IEDs as a state of this moment."""
        return IedRate(bed=self.bed, utc=utc_of(self._clock()), last_minute=last_minute, last_hour=last_hour)


def _stops_detection(alarms: Iterable[str]) -> bool:
    return any(condition(name).priority == "not_detecting" for name in alarms)
