"""The clock model against stamps that are not true: of another clock, set, fast, slow, or by a wrong rate."""

import pytest

from stream.acquire.clock import ClockModel
from stream.acquire.stamps import PROMPT_S
from tests.stream.acquire.clock_senders import CHUNK, RATE_HZ, TOLERANCE_S, Sender, run, sender_paced_catch_up


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


@pytest.mark.parametrize("from_s", [0.0, 30.0])
def test_stamps_that_stand_still_give_way_to_the_arrivals(from_s: float) -> None:
    """Within two seconds, from the start or later: before the first event, and told."""
    outcome = run(Sender(stamp_offset_s=lambda s: min(0.0, from_s - s)), 90)
    truth_s = [1e5 + (chunk * CHUNK - 1) / RATE_HZ for chunk in range(1, len(outcome.lsl_s) + 1)]
    until_chunk = round((from_s + 2.5) * RATE_HZ / CHUNK)
    errors_s = [abs(a - b) for a, b in zip(outcome.lsl_s, truth_s, strict=True)]
    assert max(errors_s[until_chunk:]) < 0.05
    assert max(errors_s) < 2.2
    assert not outcome.model.trust.believed
    assert outcome.missing == 0


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


@pytest.mark.parametrize(("jump_s", "at_s"), [(0.3, 5), (-0.4, 8)])
def test_stamps_that_jump_while_they_are_learned_date_nothing_wrongly(jump_s: float, at_s: float) -> None:
    """The line through them is no line; the arrivals are, from the eleventh second on, until the stamps are steady."""
    sender = Sender(stamp_offset_s=lambda s: jump_s if s > at_s else 0.0)
    early = run(sender, 60)
    truth_s = [1e5 + (chunk * CHUNK - 1) / RATE_HZ for chunk in range(1, len(early.lsl_s) + 1)]
    assert max(abs(a - b) for a, b in zip(early.lsl_s[200:], truth_s[200:], strict=True)) < 0.01
    assert early.model.trust.fast
    late = run(sender, 100)
    assert (late.model.trust.fast, late.model.trust.believed, late.missing) == (0.0, True, 0)
    # Told as what it was, once the arrivals have given way.
    assert late.steps == [pytest.approx(jump_s, abs=0.01)]
    assert abs(late.errors_s[-1]) < TOLERANCE_S


def test_a_fast_clock_is_called_fast_for_as_long_as_it_is() -> None:
    """It is set right after four minutes, and keeps time from then on."""
    share = [run(Sender(stamp_offset_s=lambda s: 0.01 * min(s, 240.0)), at_s).model.trust.fast for at_s in (230, 330)]
    assert share == [pytest.approx(0.01, rel=0.05), 0.0]


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
