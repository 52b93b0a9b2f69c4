"""A network of senders by hand: they send, fall silent and die as a test wishes, on a clock that only waiting moves."""

import math
from collections import deque
from dataclasses import dataclass, field, replace

import numpy as np

from stream.acquire.ports import Inlet, LinkLostError, Pulled
from stream.records import Source
from tests.stream.logbook import ramps

# 0.1 s at the 100 Hz of SOURCE: the link pulls for 0.2 s, and finds two.
CHUNK = 10
SOURCE = replace(ramps.SOURCE, hostname="cart", labels=("Fp1", "F3"))


@dataclass
class Crank:
    """A clock that only moves when something waits."""

    time_s: float = 5000.0

    def now_s(self) -> float:
        """Return the time."""
        return self.time_s

    def sleep(self, seconds: float) -> None:
        """Move the time on."""
        self.time_s += seconds


@dataclass
class Amplifier:
    """A sender: sample n is due at `epoch_s` + n / rate, numbered in channel 0; it may be silent, or dead."""

    source: Source
    crank: Crank
    epoch_s: float
    number: int = 0
    silent: bool = False
    dead: bool = False
    offset_s: float = 0.0
    opened_s: float = 0.0
    clock_age_s: float = 0.0
    set_s: float = 0.0
    """How far its clock was set ahead since the clocks were compared."""

    def compare_clocks(self) -> None:
        """Have the inlet know the offset of the clock as it is set."""
        self.offset_s, self.set_s = self.offset_s - self.set_s, 0.0

    def come(self, until_s: float) -> Pulled:
        """Return all chunks that are due."""
        # 1e-6: sums of 0.2 s fall a hair short of a whole sample, which would then come one pull late.
        due = int((until_s - self.epoch_s) * self.source.rate_hz + 1e-6) - self.number
        count = 0 if self.silent else due // CHUNK * CHUNK
        numbers = np.arange(self.number, self.number + count)
        self.number += count
        stamp_s = self.epoch_s + (self.number - 1) / self.source.rate_hz - self.offset_s + self.set_s
        samples = np.stack([numbers, numbers]).astype(np.float32)
        return Pulled(samples, stamp_s if count else math.nan)


@dataclass
class FakeInlet:
    """What the link holds of a sender."""

    amplifier: Amplifier
    source: Source
    closed: bool = False

    def pull(self, timeout_s: float) -> Pulled:
        """Return what has arrived, or let the timeout pass."""
        assert not self.closed
        if self.amplifier.dead:
            raise LinkLostError("the stream has been lost")
        # The whole time-out even if samples wait: a pull that took no time would stop the clock of the test.
        self.amplifier.crank.sleep(timeout_s)
        return self.amplifier.come(self.amplifier.crank.now_s())

    def clock_offset_s(self) -> float:
        """Return what turns stamps into this host's time."""
        return self.amplifier.offset_s

    def clock_age_s(self) -> float:
        """Return how long ago its clock was asked for."""
        return self.amplifier.clock_age_s

    def opened_s(self) -> float:
        """Return when the sender began."""
        return self.amplifier.opened_s

    def close(self) -> None:
        """Drop it."""
        self.closed = True


@dataclass
class FakeNetwork:
    """Senders that can be seen; `refuses` is raised by the next openings."""

    crank: Crank
    amplifiers: list[Amplifier] = field(default_factory=list)
    refuses: deque[Exception] = field(default_factory=deque)
    inlets: list[FakeInlet] = field(default_factory=list)
    searches: int = 0

    def visible(self) -> list[Source]:
        """Search for a second."""
        self.searches += 1
        # As long as a real search takes (SEARCH_S).
        self.crank.sleep(1.0)
        return [amplifier.source for amplifier in self.amplifiers if not amplifier.dead]

    def overheard(self, since_s: float) -> list[Source]:
        """Return what is there; every search is news."""
        assert since_s <= self.crank.now_s()
        return [amplifier.source for amplifier in self.amplifiers if not amplifier.dead]

    def open(self, source: Source) -> Inlet:
        """Open one; what the sender had before is not for this inlet."""
        if self.refuses:
            raise self.refuses.popleft()
        [amplifier] = [amplifier for amplifier in self.amplifiers if amplifier.source.uid == source.uid]
        amplifier.number = math.ceil((self.crank.now_s() - amplifier.epoch_s) * source.rate_hz)
        self.inlets.append(FakeInlet(amplifier, amplifier.source))
        return self.inlets[-1]
