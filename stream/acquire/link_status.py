"""What the parent learns of a link: its state and the reason, what was counted, and how well the clocks are known."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from stream.acquire.clock import ClockModel
from stream.acquire.identity import described
from stream.acquire.link_alarms import LinkAlarms
from stream.acquire.ports import Clock, Inlet
from stream.records import Samples, Source
from stream.schema.reports import AcquireReport, LinkState

REPORT_S: Final = 1.0


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
        self._bed, self._clock, self._send, self._bound = bed, clock, send, bound
        self._reported_s = -math.inf
        self._alarms = LinkAlarms(clock, twins)

    def note_missing(self, length: int, rate_hz: float, *, followed: bool) -> None:
        """Count samples that are missing; `followed`: while the stream was there, which no other alarm tells."""
        self.missing += length
        if followed:
            self._alarms.never_came.note_missing(length / rate_hz, self._clock.now_s())

    def note_samples(self, samples: Samples, source: Source, arrival_s: float) -> None:
        """Count a chunk (channels, n) of a source, and look at the mains on it."""
        self.samples += samples.shape[1]
        self.newest_arrival_s = arrival_s
        self._alarms.note_samples(samples, source, arrival_s)

    def note_clock_step(self, step_s: float) -> None:
        """Keep that the sender's clock moved by so many seconds, 0 for not at all."""
        self._alarms.note_clock_step(step_s)

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
            self.change("streaming", self._alarms.remark(bound.inlet, bound.model))

    def report_if_due(self) -> None:
        """Report once a second: the parent takes a process that sends nothing for one that hangs."""
        if self._clock.now_s() - self._reported_s >= REPORT_S:
            self._report()

    def _report(self) -> None:
        self._reported_s = self._clock.now_s()
        bound = self._bound()
        source, inlet, model = bound.source, bound.inlet, bound.model
        streams = inlet is not None and self.state == "streaming"
        self._alarms.note_delay(model.trust.delay_s if streams else math.nan)
        if inlet is not None and streams:
            # What is odd about a stream is learned while it runs, and may pass again.
            self.reason = self._alarms.remark(inlet, model)
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
            chunk_s=0.0 if inlet is None else model.chunk_s,
            alarms={} if inlet is None else self._alarms.of(inlet, model),
        )
        self._send(report)
