"""What is odd about a stream that is followed: its rate, its sender's clock, its chunks, the mains, one like it."""

import math
from collections import deque
from collections.abc import Callable
from typing import Final

from stream.acquire.clock import ClockModel
from stream.acquire.identity import described
from stream.acquire.mains import Mains
from stream.acquire.missing import MissingSamples
from stream.acquire.ports import Clock, Inlet
from stream.records import Samples, Source

CLOCK_STEP_S: Final = 60.0
"""So long a step of the sender's clock is an alarm."""
LATE_S: Final = 1.0
LATE_REPORTS: Final = 10
"""A sender whose samples are all stamped so long before they come holds them back, or its clock is wrong."""
SYNC_LOST_S: Final = 30.0
"""A clock that was not compared for so long is no longer known: its offset is asked for every few seconds."""
LONG_CHUNK_S: Final = 1.0
"""What comes in longer chunks is told: the first sample of each is so old before anything can be found in it."""


class SteadyFigure:
    """A figure in an alarm's reason, told anew once it has moved by this share of itself.

    A reason that changes with every report would be another status with every report.
    """

    def __init__(self, share: float) -> None:
        self._share = share
        self._told = math.nan

    def of(self, value: float) -> float:
        """Return the figure to be told."""
        # NaN compares false: the first value is told.
        if not abs(value - self._told) <= self._share * abs(self._told):
            self._told = value
        return self._told


class LinkAlarms:
    """The alarms of one link. `twins` returns which other streams would fit the bed, "" for none."""

    def __init__(self, clock: Clock, twins: Callable[[], str]) -> None:
        self.never_came = MissingSamples()
        self._clock, self._twins = clock, twins
        self._stepped_s = -math.inf
        self._step = ""
        self._mains = Mains()
        self._delays_s = deque[float](maxlen=LATE_REPORTS)
        self._rate_hz = SteadyFigure(0.001)
        self._delay_s, self._chunk_s = SteadyFigure(0.2), SteadyFigure(0.2)

    def note_samples(self, samples: Samples, source: Source, arrival_s: float) -> None:
        """Look at a chunk (channels, n) of a source."""
        self._mains.observe(samples, source)
        self.never_came.note_samples(arrival_s)

    def note_clock_step(self, step_s: float) -> None:
        """Keep that the sender's clock moved by so many seconds, 0 for not at all."""
        if step_s:
            way = "ahead" if step_s > 0 else "back"
            self._step = (
                f"the sender's clock was set {way} by {abs(step_s):.1f} s; no sample is lost or invented for it"
            )
            self._stepped_s = self._clock.now_s()

    def note_delay(self, delay_s: float) -> None:
        """Keep how long before it came the newest sample was taken, once with every report; NaN while none comes."""
        self._delays_s.append(delay_s)

    def of(self, inlet: Inlet, model: ClockModel) -> dict[str, str]:
        """Return what is odd about a stream that is followed, by alarm."""
        alarms: dict[str, str] = {}
        alarms["rate_wrong"] = self._wrong_rate(inlet, model) if model.rate_wrong else ""
        alarms["clock_wrong"] = self._wrong_clock(inlet, model)
        alarms["clock_step"] = self._step if self._clock.now_s() - self._stepped_s < CLOCK_STEP_S else ""
        alarms["clock_sync_lost"] = _lost_sync(inlet)
        alarms["long_chunks"] = self._long_chunks(inlet, model)
        alarms["samples_missing"] = self.never_came.alarm(self._clock.now_s())
        alarms["mains"] = self._mains.alarm
        alarms["duplicate_source"] = self._twins()
        return {alarm: reason for alarm, reason in alarms.items() if reason}

    def remark(self, inlet: Inlet, model: ClockModel) -> str:
        """Describe what is bound, and what is odd about it."""
        # One remark at a time, the worst first: a wrong rate makes every duration wrong.
        if model.rate_wrong:
            return self._wrong_rate(inlet, model)
        if model.clock_steps:
            times = "once" if model.clock_steps == 1 else f"{model.clock_steps} times"
            return f"{described(inlet.source)}: its clock was set {times} while it was followed"
        if math.isnan(inlet.clock_offset_s()):
            return f"{described(inlet.source)}: its clock is not known, times are those of arrival"
        return described(inlet.source)

    def _wrong_rate(self, inlet: Inlet, model: ClockModel) -> str:
        declared_hz, measured_hz = inlet.source.rate_hz, self._rate_hz.of(model.measured_rate_hz)
        return f"{described(inlet.source)} declares {declared_hz:g} Hz and sends {measured_hz:.2f} Hz"

    def _wrong_clock(self, inlet: Inlet, model: ClockModel) -> str:
        trust, stream = model.trust, described(inlet.source)
        if trust.fast:
            way = "fast" if trust.fast > 0 else "slow"
            return f"the clock of {stream} runs {abs(trust.fast):.1%} {way}; times are those of arrival"
        if not trust.believed:
            way, delay_s = "behind" if trust.delay_s > 0 else "ahead of", self._delay_s.of(abs(trust.delay_s))
            return f"{stream} stamps its samples {delay_s:.1f} s {way} this host's clock; times are those of arrival"
        if not self._is_late(model.chunk_s):
            return ""
        return (
            f"{stream} stamps its samples {self._delay_s.of(min(self._delays_s)):.1f} s before they come, all the "
            "time: it holds them back, or its clock is wrong; times are those of its stamps"
        )

    def _is_late(self, chunk_s: float) -> bool:
        # A backlog or a busy host makes some late, and never the earliest of ten seconds; NaN is no delay.
        return len(self._delays_s) == LATE_REPORTS and all(delay_s > LATE_S + chunk_s for delay_s in self._delays_s)

    def _long_chunks(self, inlet: Inlet, model: ClockModel) -> str:
        if model.chunk_s <= LONG_CHUNK_S:
            return ""
        chunk_s = self._chunk_s.of(model.chunk_s)
        return f"{described(inlet.source)} sends chunks of {chunk_s:.1f} s: what happens is found up to so much later"


def _lost_sync(inlet: Inlet) -> str:
    if inlet.clock_age_s() <= SYNC_LOST_S:
        return ""
    times = "times are those of arrival" if math.isnan(inlet.clock_offset_s()) else "its last offset is used"
    return f"{described(inlet.source)} has not told its clock for more than {SYNC_LOST_S:g} s; {times}"
