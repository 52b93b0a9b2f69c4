"""The clock model against made-up senders whose truth is known to the sample."""

from collections.abc import Callable

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from stream.acquire.clock import ClockModel
from tests.stream.acquire.clock_senders import RATE_HZ, TOLERANCE_S, Sender, backlog, run, sender_paced_catch_up


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


@settings(max_examples=25)
# Two with chunks of one sample, of which each has 20,480.
@example(seed=1, jitter_ms=3.0, chunk=1, stall=(20.0, 6.0))
@example(seed=2, jitter_ms=30.0, chunk=1, stall=(40.0, 20.0))
@given(
    seed=st.integers(0, 2**20),
    jitter_ms=st.floats(0.1, 30),
    chunk=st.sampled_from([4, 32, 100]),
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
