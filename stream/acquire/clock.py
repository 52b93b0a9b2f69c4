"""When each sample was taken, how fast they really arrive, and how many never arrived. Pure; no clock is read here.

Two straight lines of time over the sample index are kept, each through one point a second for the last two minutes:
one through the sender's stamps (moved to this host's clock), one through the arrivals. Of a second's chunks the
earliest against its line counts, since delay only adds.

A sample that never came makes every later one late, on both lines, for good. A stall or a backlog makes samples late
for a while, and a step of the sender's clock moves the stamps alone. So a gap is counted only once both lines have
stood late by the same amount for four seconds; the gap is then at most that much after the place of the loss. Stamps
that jump alone have eight: comparing the clocks anew usually puts them right, and the line is true until then. Fewer
samples than 50 ms, or than a chunk, cannot be distinguished from jitter and are not counted; a steady trickle of losses
looks like a lower rate, and shows in `measured_rate_hz`.

Where samples come at the declared rate and their stamps advance at another one, the sender's clock runs fast or slow,
and the arrivals are the times. Where the stamps advance as declared and samples come more slowly, these are held back,
or stamped by a rate that the sender has not: their true rate is told, and the stamps stay the times.
"""

import math
from dataclasses import dataclass
from typing import Final

from models.readers.timeline import RATE_TOLERANCE
from stream.acquire.between_links import Expected
from stream.acquire.chunks import Chunks
from stream.acquire.lateness import Lateness, LateSeconds
from stream.acquire.offsets import STEP_S, Offsets
from stream.acquire.stamps import FUTURE_S, PROMPT_S, StampTrust
from stream.acquire.time_line import LEARNING_SECONDS, Line, Point

SECOND: Final = 1.0
COMPARED_SECONDS: Final = 30
"""So many seconds both lines must have before their rates are compared: of arrivals the first ten may be a burst."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What one chunk showed: the newest sample's time, samples found missing before the chunk, a step of the clock."""

    lsl_s: float
    missing: int = 0
    clock_step_s: float = 0.0


@dataclass(frozen=True, slots=True)
class _Change:
    """What a second showed that has passed: samples missing, and a step of the sender's clock."""

    missing: int = 0
    clock_step_s: float = 0.0


_NO_CHANGE: Final = _Change()


@dataclass(slots=True)
class _Second:
    """The earliest chunk of one second against each line."""

    began_s: float
    stamp: Point
    arrival: Point


class ClockModel:
    """The clock of one unbroken link to one sender, of declared rate `rate_hz`, whose first sample is `first`."""

    def __init__(self, rate_hz: float, first: int) -> None:
        self.clock_steps = 0
        self.trust = StampTrust()
        self._offsets = Offsets()
        self._rate_hz = rate_hz
        self._end = first
        self._stamps, self._arrivals = Line(1 / rate_hz), Line(1 / rate_hz)
        self._lsl_s = -math.inf
        self._stamp_s = self._arrival_s = math.nan  # of the newest sample
        self._second: _Second | None = None
        self._late = LateSeconds()
        self._chunks = Chunks(rate_hz)

    @property
    def measured_rate_hz(self) -> float:
        """The rate against this host's clock; the declared one until it is known."""
        stamped_hz, coming_hz = 1 / self._stamps.slope, 1 / self._arrivals.slope
        # The stamps jitter less. And samples that were held back come faster than they were taken, for a while.
        return min(stamped_hz, coming_hz) if self._run_apart(COMPARED_SECONDS, self._threshold_s()) else stamped_hz

    @property
    def rate_wrong(self) -> bool:
        """Whether the rate is not the declared one, as far as it is known by now."""
        tolerance = max(RATE_TOLERANCE, self._stamps.slope_error(STEP_S))
        # Samples that come as declared are sent so: it is their stamps that jitter, or their clock that is off.
        return abs(self.measured_rate_hz / self._rate_hz - 1) > tolerance and not self._comes_as_declared

    @property
    def chunk_s(self) -> float:
        """The usual length of a chunk."""
        return self._chunks.usual_s

    def expected(self) -> Expected:
        """Return when the sample after the newest is due; a chunk must have been observed."""
        if self._stamps.learned:
            return Expected(self._stamps.time_s(self._end), self._arrivals.time_s(self._end), self.trust.believed)
        slope = self._stamps.slope
        return Expected(self._stamp_s + slope, self._arrival_s + slope, self.trust.believed)

    def observe(self, length: int, stamp_s: float, arrival_s: float, offset_s: float = 0.0) -> Reading:
        """Process a chunk of `length` samples, the newest stamped `stamp_s` (this host's clock; `offset_s` was added).

        A stamp of the future, one older than a sender can hold, and NaN where the sender's clock is not known yet, give
        way to the arrival.
        """
        was_believed = self.trust.believed
        believed, step_s = self.trust.check(arrival_s - stamp_s, length / self._rate_hz, arrival_s)
        if was_believed and not self.trust.believed:
            step_s = self._disbelieve(step_s)
        if not believed:
            stamp_s = arrival_s
        self._chunks.note(length, arrival_s)
        change = self._end_second(arrival_s)
        step_s = self._offsets.step_s(offset_s, step_s or change.clock_step_s, believed=was_believed)
        self.clock_steps += step_s != 0
        self._end += change.missing + length
        self._stamp_s, self._arrival_s = stamp_s, arrival_s
        newest = self._end - 1
        self._keep_earliest(Point(newest, stamp_s), Point(newest, arrival_s))
        modelled_s = self._stamps.time_s(newest) if self._stamps.learned else stamp_s
        # A player that sends its whole recording again at once is ahead by it, until the line has been put right.
        modelled_s = min(modelled_s, arrival_s + FUTURE_S + self.chunk_s)
        # The line is fitted anew every second and may move back by a hair; time in the log never does.
        self._lsl_s = max(self._lsl_s, modelled_s)
        return Reading(self._lsl_s, change.missing, step_s)

    def _keep_earliest(self, stamp: Point, arrival: Point) -> None:
        """Keep the newest sample's times if its chunk is the second's earliest against the line, of each line."""
        second, slope = self._second, self._stamps.slope
        if second is None:
            self._second = _Second(arrival.time_s, stamp, arrival)
            return
        # Delay only adds: of one second's chunks the earliest against the line was delayed least.
        if stamp.time_s - second.stamp.time_s < (stamp.sample - second.stamp.sample) * slope:
            second.stamp = stamp
        if arrival.time_s - second.arrival.time_s < (arrival.sample - second.arrival.sample) * slope:
            second.arrival = arrival

    def _end_second(self, arrival_s: float) -> _Change:
        """Evaluate the present second, if it has passed."""
        second = self._second
        if second is None or arrival_s - second.began_s < SECOND:
            return _NO_CHANGE
        self._second = None
        late = self._lateness(second)
        if late is None or late.is_within(self._threshold_s()):
            self._accept(second)
            return _NO_CHANGE
        # Not added to the lines: late points would bend them until nothing was late any more.
        self._late.add(late)
        return self._decide()

    def _lateness(self, second: _Second) -> Lateness | None:
        """Return how late a second was; nothing while the lines are being learned."""
        if not (self._stamps.learned and self._arrivals.learned):
            return None
        stamp, arrival = second.stamp, second.arrival
        stamp_late_s = stamp.time_s - self._stamps.time_s(stamp.sample)
        return Lateness(stamp_late_s, arrival.time_s - self._arrivals.time_s(arrival.sample))

    def _accept(self, second: _Second) -> None:
        self._stamps.add(second.stamp)
        self._arrivals.add(second.arrival)
        self._late.clear()
        if self.trust.believed and self._comes_as_declared and self._run_apart(LEARNING_SECONDS, STEP_S):
            self._disbelieve(0.0)

    @property
    def _comes_as_declared(self) -> bool:
        return abs(self._arrivals.slope * self._rate_hz - 1) <= RATE_TOLERANCE

    def _run_apart(self, seconds: int, arrival_error_s: float) -> bool:
        """Report whether the stamps advance at another rate than the samples come, by so many seconds at least."""
        if len(self._arrivals.points) < seconds:
            return False
        tolerance = max(RATE_TOLERANCE, self._arrivals.slope_error(arrival_error_s))
        return abs(self._stamps.slope / self._arrivals.slope - 1) > tolerance

    def _disbelieve(self, step_s: float) -> float:
        """Take the arrivals for the times; return the step of the sender's clock, 0 where it ran fast or slow instead.

        Stamps are not believed any more, or disagree with the arrivals for long.
        """
        if self._run_apart(LEARNING_SECONDS, STEP_S):
            self.trust.note_fast(self._stamps.slope / self._arrivals.slope - 1)
            step_s = 0.0
        if self._stamps.learned:
            newest = self._end - 1
            # As where a clock is set back: the LSL time of the log would stand still until it was caught up with.
            self._lsl_s += min(0.0, self._arrivals.time_s(newest) - self._stamps.time_s(newest))
        self._stamps = self._arrivals.copy()
        return step_s

    def _threshold_s(self) -> float:
        return max(STEP_S, self.chunk_s)

    def _decide(self) -> _Change:
        """Decide once the last late seconds agree; give up the lines if they never do."""
        late = self._late.agreed(self._threshold_s())
        if late is not None:
            self._late.clear()
            return self._settle(late)
        if self._late.never_agree:
            self._relearn()
        return _NO_CHANGE

    def _settle(self, late: Lateness) -> _Change:
        """Explain a lasting lateness: samples missing if both lines show it, else a clock or a path that changed."""
        threshold_s, stamp_s, arrival_s = self._threshold_s(), late.stamp_s, late.arrival_s
        if abs(stamp_s) > PROMPT_S and abs(arrival_s) <= threshold_s:
            # Too far for a time: the lines stay where the arrivals are, and these are the times from here on.
            self.trust.doubt()
            return _Change(clock_step_s=stamp_s)
        # The lines stay: with the missing samples counted in, the next second is on time again.
        if min(stamp_s, arrival_s) > threshold_s and abs(stamp_s - arrival_s) <= threshold_s:
            return _Change(missing=round(stamp_s / self._stamps.slope))
        self._stamps.shift(stamp_s)
        self._arrivals.shift(arrival_s)
        if abs(stamp_s) <= threshold_s:
            return _NO_CHANGE
        # A clock set back would hold the LSL time of the log still until it had caught up.
        self._lsl_s += min(0.0, stamp_s)
        return _Change(clock_step_s=stamp_s)

    def _relearn(self) -> None:
        """Begin both lines anew, with the slope that was known."""
        slope = self._stamps.slope
        self._stamps, self._arrivals = Line(slope), Line(slope)
        self._late.clear()
