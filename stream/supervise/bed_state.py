"""How one bed stands, from its processes' reports: the states that MQTT, the page and the alarms tell. No I/O."""

import math
import time
from collections import defaultdict, deque
from collections.abc import Callable
from dataclasses import asdict, replace
from importlib.metadata import version
from typing import Literal

from stream.config.keys import Config
from stream.schema.messages import Heartbeat, IedRate, Info, Latency, Quality, Quantiles, Status
from stream.schema.reports import AcquireReport, DetectReport, ReadyReport
from stream.wallclock import utc_of

State = Literal["online", "degraded", "stale"]
Latencies = deque[tuple[float, float]]
"""(when it was reported, the latency), seconds."""
STALE_S = 2.0
"""Older than this, the newest sample is no live EEG any more."""
LATENCY_WINDOW_S = 60.0
MOST_LATENCIES = 4096
LINK_ALARMS = {
    "resolving": "no_stream",
    "silent": "signal_lost",
    "lost": "signal_lost",
    "refused": "stream_refused",
}


class BedState:
    """One bed's view. `clock` gives monotonic seconds."""

    def __init__(self, config: Config, bed: str, clock: Callable[[], float] = time.monotonic) -> None:
        self.bed = bed
        self.budget_misses = 0
        self._config = config
        self._clock = clock
        self._born_s = clock()
        self._link = AcquireReport(bed, "resolving", "starting", "", 0.0, 0.0, 0, 0, 0, float("nan"), 0.0)
        self._detect = DetectReport(bed, {}, {}, {}, {}, 0, 0, "unknown", {}, {}, {})
        self._ready: ReadyReport | None = None
        self._detector_up = False
        self._parent_alarms: dict[str, str] = {}
        self._latency_s: defaultdict[str, deque[tuple[float, float]]] = defaultdict(
            lambda: deque(maxlen=MOST_LATENCIES)
        )
        self._state: State = "stale"
        self._since = utc_of(clock())
        self._heartbeats = 0

    # ---- what is heard ----

    def hear_link(self, report: AcquireReport) -> None:
        """Take what acquire reports."""
        self._link = report

    def hear_detector(self, report: DetectReport) -> None:
        """Take what the detector reports."""
        self._detect = report
        self._detector_up = True
        self.budget_misses += report.budget_misses
        now_s = self._clock()
        for stage, latencies in report.latency_s.items():
            self._latency_s[stage].extend((now_s, latency_s) for latency_s in latencies)

    def hear_ready(self, report: ReadyReport) -> None:
        """Take what the detector is bound to now."""
        self._ready = report

    def hear_link_gone(self) -> None:
        """Note that the process that follows the stream ended; its next report says how things stand."""
        reason = "the process that follows the stream has ended and is being started again"
        self._link = replace(self._link, state="lost", reason=reason)

    def hear_detector_gone(self) -> None:
        """Note that the detector's process ended; its next report says that it is back."""
        self._detector_up = False

    def set_alarm(self, name: str, reason: str) -> None:
        """Raise an alarm of the parent's own, or with an empty reason end it."""
        if reason:
            self._parent_alarms[name] = reason
        else:
            self._parent_alarms.pop(name, None)

    # ---- what is told ----

    @property
    def data_age_s(self) -> float:
        """Seconds since the newest sample came; since the start, while none has."""
        newest_s = self._link.newest_arrival_s
        return self._clock() - (newest_s if math.isfinite(newest_s) else self._born_s)

    def alarms(self) -> dict[str, str]:
        """Give the technical alarm conditions that hold, with the reason of each."""
        alarms = dict(self._detect.alarms)
        if self._link.state in LINK_ALARMS:
            alarms[LINK_ALARMS[self._link.state]] = self._link.reason or self._link.state
        if not self._detector_up:
            alarms["detector_down"] = "the detector is starting"
        return alarms | self._parent_alarms

    def stands(self) -> tuple[State, dict[str, str]]:
        """Judge whether the bed is watched, and give the alarms as well."""
        alarms = self.alarms()
        state = self._judge(alarms)
        if state != self._state:
            self._state, self._since = state, utc_of(self._clock())
        return state, alarms

    def status(self, last_seq: int) -> Status:
        """Say whether the bed is watched."""
        state, alarms = self.stands()
        return Status(
            bed=self.bed,
            state=state,
            reason="; ".join(alarms.values()),
            alarms=alarms,
            since_utc=self._since,
            last_seq=last_seq,
        )

    @property
    def detecting(self) -> bool:
        """Whether live samples are being analysed now."""
        return self._state != "stale" and self._ready is not None

    def info(self) -> Info | None:
        """Say what watches the bed; nothing before the detector is bound to a stream."""
        if self._ready is None:
            return None
        told = asdict(self._ready)
        return Info(software="spikewatch", version=version("spikewatch"), budget_ms=self._budget_ms(), **told)

    def heartbeat(self, coverage: dict[str, int], outbox: int) -> Heartbeat:
        """Say that the parent lives, and how far everything has come."""
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
        """Give each stage's latency over the last minute."""
        since_s = self._clock() - LATENCY_WINDOW_S
        recent = {
            stage: [latency_s for at_s, latency_s in entries if at_s >= since_s]
            for stage, entries in self._latency_s.items()
        }
        return Latency(
            bed=self.bed,
            utc=utc_of(self._clock()),
            window_s=LATENCY_WINDOW_S,
            stages_ms={stage: _quantiles_ms(values) for stage, values in recent.items() if values},
            budget_ms=self._budget_ms(),
            budget_misses=self.budget_misses,
            data_age_s=self.data_age_s,
        )

    def quality(self) -> Quality:
        """Say which groups cannot be analysed at present, and why."""
        return Quality(bed=self.bed, utc=utc_of(self._clock()), channels=self._detect.channels)

    def ied_rate(self, last_minute: int, last_hour: int) -> IedRate:
        """Give the counts as a state of now."""
        return IedRate(bed=self.bed, utc=utc_of(self._clock()), last_minute=last_minute, last_hour=last_hour)

    @property
    def recording(self) -> int:
        """The ordinal of the recording that is watched, 0 for none."""
        return self._ready.recording if self._ready else 0

    def _judge(self, alarms: dict[str, str]) -> State:
        blind = self._link.state != "streaming" or self.data_age_s > STALE_S or not self._detector_up
        if blind:
            return "stale"
        return "degraded" if alarms else "online"

    def _budget_ms(self) -> float:
        return self._config.infer.budget_ms


def _quantiles_ms(values_s: list[float]) -> Quantiles:
    ordered = sorted(values_s)
    p50, p95, p99 = (_quantile(ordered, share) * 1e3 for share in (0.5, 0.95, 0.99))
    return Quantiles(p50=p50, p95=p95, p99=p99)


def _quantile(ordered: list[float], share: float) -> float:
    """Interpolate linearly, as NumPy does; its own function loads a part of NumPy that takes 30 ms of the loop's."""
    at = share * (len(ordered) - 1)
    below, above = ordered[math.floor(at)], ordered[math.ceil(at)]
    return below + (above - below) * (at - math.floor(at))
