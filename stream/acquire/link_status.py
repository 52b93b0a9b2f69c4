"""What the parent learns of a link: its state and the reason, what was counted, and how well the clocks are known."""

import math
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from models.readers.timeline import RATE_TOLERANCE
from stream.acquire.clock import ClockModel
from stream.acquire.identity import described
from stream.acquire.mains import Mains
from stream.acquire.missing import MissingSamples
from stream.acquire.ports import Clock, Inlet
from stream.records import Samples, Source
from stream.schema.reports import AcquireReport, LinkState

REPORT_S: Final = 1.0
CLOCK_STEP_S: Final = 60.0
"""So long a step of the sender's clock is an alarm."""
LATE_S: Final = 1.0
LATE_REPORTS: Final = 10
"""A sender whose samples are all stamped so long before they come holds them back, or its clock is wrong."""
SYNC_LOST_S: Final = 30.0
"""A clock that was not compared for so long is no longer known: its offset is asked for every few seconds."""


@dataclass(frozen=True, slots=True)
class Bound:
    """What a link is bound to: the stream, its inlet while there is one, and the model of its clock."""

    source: Source | None
    inlet: Inlet | None
    model: ClockModel


class LinkStatus:
    """The state of one link, reported when it changes and once a second.

    Parameters
    ----------
    bound
        returns what the link is bound to at present
    twins
        returns which other streams would fit the bed, "" for none
    """

    def __init__(
        self,
        bed: str,
        clock: Clock,
        send: Callable[[AcquireReport], None],
        bound: Callable[[], Bound],
        twins: Callable[[], str],
    ) -> None:
        self.state: LinkState = "starting"
        self.reason = "looking for the stream"
        self.samples = self.missing = self.reconnects = 0
        self.newest_arrival_s = math.nan
        self._bed, self._clock, self._send, self._bound, self._twins = bed, clock, send, bound, twins
        self._reported_s = self._stepped_s = -math.inf
        self._step = ""
        self._mains = Mains()
        self._never_came = MissingSamples()
        self._delays_s = deque[float](maxlen=LATE_REPORTS)

    def note_missing(self, length: int, rate_hz: float, *, followed: bool) -> None:
        """Count samples that are missing; `followed`: while the stream was there, which no other alarm tells."""
        self.missing += length
        if followed:
            self._never_came.note_missing(length / rate_hz, self._clock.now_s())

    def note_samples(self, samples: Samples, source: Source, arrival_s: float) -> None:
        """Count a chunk (channels, n) of a source, and look at the mains on it."""
        self.samples += samples.shape[1]
        self.newest_arrival_s = arrival_s
        self._mains.observe(samples, source)
        self._never_came.note_samples(arrival_s)

    def note_clock_step(self, step_s: float) -> None:
        """Keep that the sender's clock moved by so many seconds, 0 for not at all."""
        if step_s:
            way = "ahead" if step_s > 0 else "back"
            self._step = (
                f"the sender's clock was set {way} by {abs(step_s):.1f} s; no sample is lost or invented for it"
            )
            self._stepped_s = self._clock.now_s()

    def _alarms(self, inlet: Inlet, model: ClockModel) -> dict[str, str]:
        """Return what is odd about a stream that is followed, by alarm."""
        declared_hz, measured_hz = inlet.source.rate_hz, model.measured_rate_hz
        alarms = {}
        if abs(measured_hz / declared_hz - 1) > RATE_TOLERANCE:
            alarms["rate_wrong"] = (
                f"{described(inlet.source)} declares {declared_hz:g} Hz and sends {measured_hz:.2f} Hz"
            )
        if not model.trust.believed:
            way = "behind" if model.trust.delay_s > 0 else "ahead of"
            alarms["clock_wrong"] = (
                f"{described(inlet.source)} stamps its samples {abs(model.trust.delay_s):.1f} s {way} this host's "
                "clock; times are those of arrival"
            )
        elif self._is_late(model.chunk_s):
            alarms["clock_wrong"] = (
                f"{described(inlet.source)} stamps its samples {min(self._delays_s):.1f} s before they come, all the "
                "time: it holds them back, or its clock is wrong; times are those of its stamps"
            )
        if self._clock.now_s() - self._stepped_s < CLOCK_STEP_S:
            alarms["clock_step"] = self._step
        if inlet.clock_age_s() > SYNC_LOST_S:
            times = "times are those of arrival" if math.isnan(inlet.clock_offset_s()) else "its last offset is used"
            alarms["clock_sync_lost"] = (
                f"{described(inlet.source)} has not told its clock for more than {SYNC_LOST_S:g} s; {times}"
            )
        if never_came := self._never_came.alarm(self._clock.now_s()):
            alarms["samples_missing"] = never_came
        if mains := self._mains.alarm:
            alarms["mains"] = mains
        if twins := self._twins():
            alarms["duplicate_source"] = twins
        return alarms

    def _is_late(self, chunk_s: float) -> bool:
        # A backlog or a busy host makes some late, and never the earliest of ten seconds; NaN is no delay.
        return len(self._delays_s) == LATE_REPORTS and all(delay_s > LATE_S + chunk_s for delay_s in self._delays_s)

    def change(self, state: LinkState, reason: str) -> None:
        """Set the state and report it if it, or the reason, is another one."""
        changed = (state, reason) != (self.state, self.reason)
        self.state, self.reason = state, reason
        if changed:
            self._report()

    def start_streaming(self) -> None:
        """Set the state to streaming, its reason what is bound."""
        bound = self._bound()
        if bound.inlet is not None:
            self.change("streaming", _remark(bound.inlet, bound.model))

    def report_if_due(self) -> None:
        """Report once a second: the parent takes a process that sends nothing for one that hangs."""
        if self._clock.now_s() - self._reported_s >= REPORT_S:
            self._report()

    def _report(self) -> None:
        self._reported_s = self._clock.now_s()
        bound = self._bound()
        source, inlet, model = bound.source, bound.inlet, bound.model
        self._delays_s.append(math.nan)
        if inlet is not None and self.state == "streaming":
            self._delays_s[-1] = model.trust.delay_s
            # What is odd about a stream is learned while it runs, and may pass again.
            self.reason = _remark(inlet, model)
        report = AcquireReport(
            bed=self._bed,
            state=self.state,
            reason=self.reason,
            stream=described(source) if source is not None else "",
            rate_hz=source.rate_hz if source is not None else 0.0,
            measured_rate_hz=model.measured_rate_hz if inlet is not None else 0.0,
            samples=self.samples,
            missing=self.missing,
            reconnects=self.reconnects,
            newest_arrival_s=self.newest_arrival_s,
            clock_offset_s=math.nan if inlet is None else inlet.clock_offset_s(),
            stamp_delay_s=math.nan if inlet is None else model.trust.delay_s,
            alarms={} if inlet is None else self._alarms(inlet, model),
        )
        self._send(report)


def _remark(inlet: Inlet, model: ClockModel) -> str:
    """Describe what is bound, and what is odd about it."""
    declared_hz, measured_hz = inlet.source.rate_hz, model.measured_rate_hz
    # One remark at a time, the worst first: a wrong rate makes every duration wrong.
    if abs(measured_hz / declared_hz - 1) > RATE_TOLERANCE:
        return f"{described(inlet.source)} declares {declared_hz:g} Hz and sends {measured_hz:.2f} Hz"
    if model.clock_steps:
        times = "once" if model.clock_steps == 1 else f"{model.clock_steps} times"
        return f"{described(inlet.source)}: its clock was set {times} while it was followed"
    if math.isnan(inlet.clock_offset_s()):
        return f"{described(inlet.source)}: its clock is not known, times are those of arrival"
    return described(inlet.source)
