"""The clock model against made-up senders whose truth is known to the sample."""

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stream.acquire.clock import ClockModel
from stream.acquire.stamps import PROMPT_S

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


def test_steady_sender_is_read_to_the_millisecond_and_nothing_is_missing() -> None:
    """Times are smoother than the stamps they come from, and never run backwards."""
    outcome = run(Sender(), 300)
    assert outcome.missing == 0
    # 20 ppm: 1 ms of jitter over the 60 s between the two points of a pair is 17 ppm.
    assert outcome.model.measured_rate_hz == pytest.approx(RATE_HZ, rel=2e-5)
    # 400 chunks are 25 s: the line is used from the tenth second on, and is still short then.
    steady = [abs(error_s) for error_s in outcome.errors_s[400:]]
    assert max(steady) < TOLERANCE_S
    assert outcome.lsl_s == sorted(outcome.lsl_s)


# 256.0128 is 50 ppm too fast, a poor crystal; the others are rates that were declared wrongly.
@pytest.mark.parametrize("true_hz", [250.0, 255.0, 256.0128, 262.0])
def test_rate_that_is_not_as_declared_is_measured_and_not_taken_for_loss(true_hz: float) -> None:
    """256 Hz declared and 250 Hz sent is a slow sender, not 6 missing samples a second."""
    outcome = run(Sender(true_hz=true_hz), 200)
    assert outcome.missing == 0
    assert outcome.model.measured_rate_hz == pytest.approx(true_hz, rel=2e-5)


@pytest.mark.parametrize(
    "arrives",
    [
        backlog(40, 43),
        backlog(40, 110),
        sender_paced_catch_up(40, 50, 2.0),
        sender_paced_catch_up(40, 43, 1.05),
        # Both are later than a chunk (62.5 ms), from where on lateness counts, and for longer than four seconds.
        lambda due_s: due_s + 0.3 * (40 < due_s < 60),
        lambda due_s: due_s + 0.2 * (due_s > 40),
    ],
    ids=["3s", "70s", "catch-up", "slow-catch-up", "slow-net", "longer-path"],
)
def test_late_is_not_lost(arrives: Callable[[float], float]) -> None:
    """Stalls, bursts, catching up and a longer path invent no gap while the stamps are on time."""
    outcome = run(Sender(arrives=arrives), 200)
    assert outcome.missing == 0
    assert max(abs(error_s) for error_s in outcome.errors_s[400:]) < TOLERANCE_S


# At 1.02 the lateness shrinks by 60 ms over four seconds' points; up to 25 ms would pass for a loss.
@pytest.mark.parametrize("speed", [1.02, 1.2, 2.0, 5.0])
def test_backlog_that_its_sender_stamps_on_sending_is_not_lost(speed: float) -> None:
    """After a 6 s stall of the sender, stamps and arrivals are both late until it has caught up; no gap."""

    def late_s(due_s: float) -> float:
        return max(0.0, 6 - (due_s - 40) * (1 - 1 / speed)) if due_s > 40 else 0.0

    sender = Sender(stamp_offset_s=late_s, arrives=lambda due_s: due_s + late_s(due_s))
    # At 1.02 times real time, 6 s are worked off in 306 s.
    assert run(sender, 400).missing == 0


# 20 is just above a chunk (16), which cannot be told from jitter.
@pytest.mark.parametrize("lost", [20, 64, 534, 10_000])
def test_l11_lost_samples_are_counted_exactly_within_seconds(lost: int) -> None:
    """A loss of more than 50 ms is found, stated to the sample, and stated once."""
    outcome = run(Sender(lost=((60.0, lost),)), 200)
    [(found_s, counted)] = outcome.gaps
    # A sample lasts 3.9 ms and the stamps jitter by 1 ms: rounding may lead to the neighbour.
    assert abs(counted - lost) <= 1
    # The second in which it happens, the four that must agree, and 1.5 s to spare.
    assert found_s - 60 - lost / RATE_HZ < 6.5
    assert abs(outcome.errors_s[-1]) < TOLERANCE_S


def test_several_losses_add_up() -> None:
    """Each is counted by itself."""
    outcome = run(Sender(lost=((30.0, 100), (60.0, 30), (90.0, 512))), 150)
    # To the ten, as each count may be one off: 510 stands for 512.
    assert [round(counted, -1) for _, counted in outcome.gaps] == [100, 30, 510]
    assert abs(outcome.missing - 642) <= 3


def test_loss_is_counted_from_arrivals_when_stamps_say_nothing() -> None:
    """A sender whose stamps are zero, or in another clock, is followed by its arrivals."""
    # `run` begins at 1e5 s, so that every stamp is 0 but for its jitter.
    outcome = run(Sender(stamp_offset_s=lambda s: -1e5 - s, jitter_s=0.001, lost=((60.0, 200),)), 150)
    assert abs(outcome.missing - 200) <= 1


def test_l13_implausible_stamps_at_the_start_do_no_harm() -> None:
    """Some senders stamp their first chunks near zero (sccn/liblsl#161)."""
    outcome = run(Sender(stamp_offset_s=lambda s: -1e5 if s < 2 else 0.0), 120)
    assert outcome.missing == 0
    assert outcome.steps == []
    # From 12.5 s on: by then the line is learned, its first two seconds from the arrivals.
    assert max(abs(error_s) for error_s in outcome.errors_s[200:]) < 0.01


@pytest.mark.parametrize("step_s", [0.5, -0.5, 120.0, -30.0])
def test_l14_step_of_the_senders_clock_is_reported_and_moves_no_index(step_s: float) -> None:
    """Stamps alone that jump are a clock that was set, not samples."""
    outcome = run(Sender(stamp_offset_s=lambda s: step_s if s > 60 else 0.0), 120)
    assert outcome.missing == 0
    # The step is the median of eight seconds, each of which is true to a millisecond or so.
    assert outcome.steps == [pytest.approx(step_s, abs=0.005)]
    assert outcome.model.clock_steps == 1
    # Further than PROMPT_S it is no time of this host any more, and the arrivals take its place.
    truth_s = 0.0 if abs(step_s) < PROMPT_S else -step_s
    assert abs(outcome.errors_s[-1] - truth_s) < 3 * TOLERANCE_S
    assert outcome.model.trust.believed == (abs(step_s) < PROMPT_S)


@pytest.mark.parametrize("step_s", [0.3, -2.0])
def test_no_sample_is_dated_wrongly_until_the_clocks_are_compared_anew(step_s: float) -> None:
    """That is every 5 s, and takes some time; till then the line stands; `Offsets` tells the step."""
    outcome = run(Sender(stamp_offset_s=lambda s: step_s if 60.25 <= s < 66.0 else 0.0), 120)
    truth_s = [1e5 + (chunk * CHUNK - 1) / RATE_HZ for chunk in range(1, len(outcome.lsl_s) + 1)]
    assert max(abs(a - b) for a, b in zip(outcome.lsl_s[400:], truth_s[400:], strict=True)) <= 0.010
    assert outcome.steps == []


@pytest.mark.parametrize("offset_s", [-1000.0, -100.0, 30.0, 3000.0])
def test_stamps_of_another_clock_give_way_to_the_arrivals(offset_s: float) -> None:
    """From the first chunk on, whether or not they are within LSL's buffer; nothing is lost or invented for it."""
    outcome = run(Sender(stamp_offset_s=lambda _: offset_s), 60)
    assert (outcome.missing, outcome.steps) == (0, [])
    assert outcome.errors_s[-1] == pytest.approx(-offset_s, abs=3 * TOLERANCE_S)
    assert outcome.model.trust.delay_s == pytest.approx(-offset_s, abs=0.1)


# At 5 % fast the stamps lie in the future, which is impossible, before their rate is compared.
@pytest.mark.parametrize("share", [0.05, 0.01, -0.01, -0.05])
def test_a_clock_that_runs_fast_or_slow_gives_way_to_the_arrivals(share: float) -> None:
    """Samples that come as declared are timed by their arrivals within half a minute, and their rate stands."""
    outcome = run(Sender(stamp_offset_s=lambda s: share * s), 200)
    assert (outcome.missing, outcome.steps) == (0, [])
    assert outcome.model.trust.fast == pytest.approx(share, rel=0.05)
    assert outcome.model.measured_rate_hz == pytest.approx(RATE_HZ, rel=1e-3)
    assert not outcome.model.rate_wrong
    truth_s = [1e5 + (chunk * CHUNK - 1) / RATE_HZ for chunk in range(1, len(outcome.lsl_s) + 1)]
    # 560 chunks are 35 s; until then the stamps' error grows.
    assert max(abs(a - b) for a, b in zip(outcome.lsl_s[560:], truth_s[560:], strict=True)) < 0.01


def test_stamps_that_jump_while_they_are_learned_date_nothing_wrongly() -> None:
    """The line through them is no line; the arrivals are, from the eleventh second on."""
    outcome = run(Sender(stamp_offset_s=lambda s: 0.3 if s > 5 else 0.0), 100)
    truth_s = [1e5 + (chunk * CHUNK - 1) / RATE_HZ for chunk in range(1, len(outcome.lsl_s) + 1)]
    assert max(abs(a - b) for a, b in zip(outcome.lsl_s[200:], truth_s[200:], strict=True)) < 0.01
    assert not outcome.model.trust.believed


def test_the_true_rate_of_a_sender_that_stamps_by_the_declared_one_is_measured() -> None:
    """It counts on at 256 Hz and sends 250: the stamps say nothing of it, the arrivals do."""
    outcome = run(Sender(true_hz=250.0, stamp_offset_s=lambda s: s * (250 / RATE_HZ - 1)), 100)
    assert outcome.model.measured_rate_hz == pytest.approx(250.0, rel=1e-3)
    assert outcome.model.rate_wrong
    assert outcome.missing == 0


def test_samples_held_back_that_come_faster_for_minutes_are_of_the_declared_rate() -> None:
    """A minute's backlog is worked off at 1.2 times real time: the stamps are true, and so is the rate."""
    outcome = run(Sender(arrives=sender_paced_catch_up(40, 100, 1.2)), 380)
    assert not outcome.model.rate_wrong
    assert outcome.model.trust.believed
    assert max(abs(error_s) for error_s in outcome.errors_s[400:]) < TOLERANCE_S


def test_the_rate_of_jittering_stamps_is_not_called_wrong_before_it_is_known() -> None:
    """100 ms of jitter are 2 % of the first ten seconds' half."""
    model = ClockModel(RATE_HZ, 0)
    said = []
    for length, stamp_s, arrival_s in Sender(stamp_jitter_s=0.1, chunk=32, seed=5).chunks(60):
        model.observe(length, stamp_s, arrival_s)
        said.append(model.rate_wrong)
    assert not any(said)


def test_l17_drift_of_50_ppm_over_14_days_stays_within_milliseconds() -> None:
    """Time comes from the moving line, never from the index over the rate: that would be 60 s off."""
    # Chunks of a minute: 20,160 to observe in place of 19 million.
    minute = round(60 * RATE_HZ)
    outcome = run(Sender(true_hz=RATE_HZ * (1 - 50e-6), chunk=minute), 14 * 86_400)
    assert outcome.missing == 0
    assert max(abs(error_s) for error_s in outcome.errors_s[100:]) < TOLERANCE_S
    # A point a minute: pairs are an hour apart, over which 1 ms is 0.3 ppm.
    assert outcome.model.measured_rate_hz == pytest.approx(RATE_HZ * (1 - 50e-6), rel=1e-6)
    assert outcome.lsl_s == sorted(outcome.lsl_s)


# 25, as an example with chunks of one sample has 20,480 of them.
@settings(max_examples=25, deadline=None)
@given(
    seed=st.integers(0, 2**20),
    jitter_ms=st.floats(0.1, 30),
    chunk=st.sampled_from([1, 4, 32, 100]),
    # From 15 s on: before the lines are known (10 s) nothing is called late.
    stall=st.tuples(st.floats(15, 50), st.floats(0, 20)),
)
def test_no_gap_is_ever_invented(seed: int, jitter_ms: float, chunk: int, stall: tuple[float, float]) -> None:
    """Whatever the jitter, the chunks and a stall, all samples that came are all there were."""
    begin_s, length_s = stall
    sender = Sender(chunk=chunk, jitter_s=jitter_ms / 1000, seed=seed, arrives=backlog(begin_s, begin_s + length_s))
    assert run(sender, 80).missing == 0


def test_chunk_length_is_the_usual_one() -> None:
    """The silence timer waits four of these."""
    model = ClockModel(RATE_HZ, 0)
    assert model.chunk_s == 0.0
    # By the mean, 115, one burst would have the link wait 1.8 s before it calls its sender silent, and not 1 s.
    for count, length in enumerate([16, 16, 16, 512, 16]):
        model.observe(length, 1e5 + count, 1e5 + count)
    assert model.chunk_s == 16 / RATE_HZ
