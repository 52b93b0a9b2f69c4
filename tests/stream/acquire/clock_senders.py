"""Senders whose truth is known to the sample, and what the clock model makes of their chunks."""

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from stream.acquire.clock import ClockModel

RATE_HZ = 256.0
CHUNK = 16
TOLERANCE_S = 0.008
"""Stamps jitter by 1 ms (standard deviation); of thousands the worst is 4.5 ms off, and the line 2 ms early."""


@dataclass
class Sender:
    """Samples at `true_hz`, declared at 256 Hz; chunk k is (length, stamp, arrival). Number n is due at n / true_hz."""

    true_hz: float = RATE_HZ
    chunk: int = CHUNK
    jitter_s: float = 0.003
    stamp_jitter_s: float = 0.001
    stamp_offset_s: Callable[[float], float] = field(default=lambda _: 0.0)
    arrives: Callable[[float], float] = field(default=lambda due_s: due_s)
    lost: tuple[tuple[float, int], ...] = ()
    seed: int = 1

    def chunks(self, seconds: float, start_s: float = 1e5) -> Iterator[tuple[int, float, float]]:
        """Make `seconds` of chunks; those in `lost`, (at, samples), never come."""
        dice = random.Random(self.seed)
        number, held_s = 0, 0.0
        losses = list(self.lost)
        while number / self.true_hz < seconds:
            if losses and number / self.true_hz >= losses[0][0]:
                number += losses.pop(0)[1]
            number += self.chunk
            # A chunk is stamped as its newest sample, and `number` is one past it.
            due_s = (number - 1) / self.true_hz
            # In order, as TCP delivers: a chunk that is late holds back those behind it.
            held_s = max(held_s, self.arrives(due_s) + dice.expovariate(1 / self.jitter_s))
            stamp_s = due_s + self.stamp_offset_s(due_s) + dice.gauss(0, self.stamp_jitter_s)
            yield self.chunk, start_s + stamp_s, start_s + held_s


@dataclass
class Outcome:
    """What the model made of it all."""

    model: ClockModel
    missing: int
    gaps: list[tuple[float, int]]
    steps: list[float]
    errors_s: list[float]
    lsl_s: list[float]


def run(sender: Sender, seconds: float, start_s: float = 1e5) -> Outcome:
    """Feed a sender's chunks to a model."""
    model = ClockModel(RATE_HZ, 0)
    outcome = Outcome(model, 0, [], [], [], [])
    for length, stamp_s, arrival_s in sender.chunks(seconds, start_s):
        reading = model.observe(length, stamp_s, arrival_s)
        outcome.missing += reading.missing
        if reading.missing:
            outcome.gaps.append((arrival_s - start_s, reading.missing))
        if reading.clock_step_s:
            outcome.steps.append(reading.clock_step_s)
        outcome.lsl_s.append(reading.lsl_s)
        outcome.errors_s.append(reading.lsl_s - stamp_s)
    return outcome


def backlog(begin_s: float, end_s: float) -> Callable[[float], float]:
    """Return when samples arrive if all that is due in [begin, end) is held back until `end`."""
    return lambda due_s: end_s if begin_s <= due_s < end_s else due_s


def sender_paced_catch_up(begin_s: float, end_s: float, speed: float) -> Callable[[float], float]:
    """Return when samples arrive that are held back as by `backlog`, then caught up with at `speed` times real time."""
    return lambda due_s: max(due_s, end_s + (due_s - begin_s) / speed) if due_s >= begin_s else due_s
