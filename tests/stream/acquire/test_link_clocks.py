"""The link beside senders whose clock or rate is not what it should be: what is logged, counted and reported."""

import math

import pytest

from stream.acquire.lsl import BUFFER_S
from stream.records import Chunk
from tests.stream.acquire.fake_network import LinkHarness
from tests.stream.acquire.strange_clocks import drifting, in_long_chunks, set_back, slow


def test_times_are_on_this_hosts_clock(bench: LinkHarness) -> None:
    """A sender two hours off is read right once its offset is known."""
    amplifier = bench.amplifier()
    # More than PROMPT_S: without the offset the arrivals would be taken in place of the stamps.
    amplifier.offset_s = -7200.0
    bench.stream(30)
    [*_, last] = bench.records()
    assert isinstance(last, Chunk)
    assert last.lsl_s == pytest.approx(bench.epoch_s + float(last.samples[0, -1]) / 100, abs=1e-6)
    assert bench.reports[-1].clock_offset_s == -7200.0


def test_unknown_offset_makes_arrival_the_time_and_is_reported(bench: LinkHarness) -> None:
    """Without a clock offset the detector goes on, and says so."""
    bench.amplifier().offset_s = math.nan
    bench.stream(30)
    [*_, last] = bench.records()
    assert isinstance(last, Chunk)
    assert last.lsl_s == pytest.approx(last.arrival_s, abs=0.1)
    assert "times are those of arrival" in bench.reports[-1].reason


def test_l15_a_clock_that_is_not_compared_any_more_is_an_alarm(bench: LinkHarness) -> None:
    """After half a minute, and it is over with the next answer; what was known of the clock is used meanwhile."""
    amplifier = bench.amplifier()
    bench.stream(5)
    amplifier.clock_age_s = 29.0
    bench.stream(2)
    assert "clock_sync_lost" not in bench.reports[-1].alarms
    amplifier.clock_age_s = 31.0
    bench.stream(2)
    assert (
        "has not told its clock for more than 30 s; its last offset is used"
        in (bench.reports[-1].alarms["clock_sync_lost"])
    )
    amplifier.offset_s = math.nan
    bench.stream(2)
    assert bench.reports[-1].alarms["clock_sync_lost"].endswith("times are those of arrival")
    amplifier.clock_age_s = 0.0
    bench.stream(2)
    assert bench.reports[-1].alarms == {}


def test_l16_rate_that_is_not_as_declared_is_reported(bench: LinkHarness) -> None:
    """Two per cent too slow is in the report, and is no gap."""
    amplifier = bench.amplifier()
    # 2 %, four times what is tolerated (RATE_TOLERANCE).
    amplifier.come = slow(amplifier, 98.0)  # type: ignore[method-assign,assignment]
    bench.stream(60)
    assert "declares 100 Hz and sends 98.0" in bench.reports[-1].alarms["rate_wrong"]
    assert "declares 100 Hz and sends 98.0" in bench.reports[-1].reason
    assert bench.gaps() == []


@pytest.mark.parametrize("behind_s", [1000.0, 120.0, -3.0, -50.0])
def test_l12_l14_a_sender_with_a_clock_of_its_own_is_dated_by_arrival(bench: LinkHarness, behind_s: float) -> None:
    """Behind or ahead: an alarm with the delay, true times, no gap, and none of it for a sender that is right."""
    amplifier = bench.amplifier()
    amplifier.come = set_back(amplifier, behind_s)  # type: ignore[method-assign,assignment]
    bench.stream(30)
    [*_, last] = bench.records()
    assert isinstance(last, Chunk)
    assert last.lsl_s == pytest.approx(last.arrival_s, abs=0.2)
    report = bench.reports[-1]
    way = "behind" if behind_s > 0 else "ahead of"
    assert f"stamps its samples {abs(behind_s):.0f}." in report.alarms["clock_wrong"]
    assert f"s {way} this host's clock" in report.alarms["clock_wrong"]
    assert report.stamp_delay_s == pytest.approx(behind_s, abs=0.2)
    assert bench.gaps() == []


def test_l12_a_sender_whose_samples_are_all_seconds_old_is_told_and_believed(bench: LinkHarness) -> None:
    """Four seconds may be true: after ten of them it is an alarm, and times are the stamps'."""
    amplifier = bench.amplifier()
    amplifier.come = set_back(amplifier, 4.0)  # type: ignore[method-assign,assignment]
    bench.stream(9)
    assert bench.reports[-1].alarms == {}
    bench.stream(5)
    told = "stamps its samples 4.0 s before they come, all the time"
    assert told in bench.reports[-1].alarms["clock_wrong"]
    [*_, last] = bench.records()
    assert isinstance(last, Chunk)
    assert last.lsl_s == pytest.approx(last.arrival_s - 4.0, abs=0.2)
    amplifier.silent = True
    bench.stream(3)
    amplifier.silent, amplifier.come = False, type(amplifier).come.__get__(amplifier)  # type: ignore[method-assign]
    bench.stream(20)
    assert "clock_wrong" not in bench.reports[-1].alarms


@pytest.mark.parametrize(("fast", "told"), [(0.01, "runs 1.0% fast"), (-0.02, "runs 2.0% slow")])
def test_a_clock_that_runs_fast_or_slow_is_told_once_and_the_rate_is_not_called_wrong(
    bench: LinkHarness, fast: float, told: str
) -> None:
    """Its stamps are further off with every second; the reason is the same in every report."""
    amplifier = bench.amplifier()
    amplifier.come = drifting(amplifier, fast)  # type: ignore[method-assign,assignment]
    bench.stream(150)
    reasons = {report.alarms.get("clock_wrong") for report in bench.reports} - {None}
    assert len(reasons) == 1
    assert told in str(reasons)
    assert not any("rate_wrong" in report.alarms for report in bench.reports)
    [*_, last] = bench.records()
    assert isinstance(last, Chunk)
    assert last.lsl_s == pytest.approx(last.arrival_s, abs=0.1)


def test_stamps_that_are_further_off_with_every_second_are_told_now_and_then(bench: LinkHarness) -> None:
    """They advance twice as fast as time, so that no two reports would give the same figure."""
    amplifier = bench.amplifier()
    # From the future at once: nothing is known of the rate of its clock yet.
    amplifier.come = drifting(amplifier, 1.0)  # type: ignore[method-assign,assignment]
    bench.stream(100)
    reasons = [report.alarms["clock_wrong"] for report in bench.reports if "clock_wrong" in report.alarms]
    assert len(reasons) > 80
    # From 1 s to 100 s it grows by a fifth 26 times.
    assert len(set(reasons)) <= 27


def test_chunks_of_five_seconds_are_told_and_their_pauses_are_no_lost_signal(bench: LinkHarness) -> None:
    """They are pulled in pieces of a second; between them nothing comes for longer than four pieces last."""
    amplifier = bench.amplifier()
    amplifier.come = in_long_chunks(amplifier, 500)  # type: ignore[method-assign,assignment]
    bench.stream(90)
    later = [report for report in bench.reports[-40:] if report.state == "streaming"]
    assert len(later) == 40
    assert {reason.rpartition(" sends ")[2] for report in later for reason in report.alarms.values()} == {
        "chunks of 5.0 s: what happens is found up to so much later"
    }
    assert {(report.chunk_s, *report.alarms) for report in later} == {(5.0, "long_chunks")}
    assert (bench.gaps(), len(bench.offsets())) == ([], 1)


def test_a_sender_that_is_right_raises_no_alarm(bench: LinkHarness) -> None:
    """And its delay is that of a chunk."""
    bench.amplifier()
    bench.stream(30)
    assert bench.reports[-1].alarms == {}
    assert bench.reports[-1].stamp_delay_s < 0.2


@pytest.mark.parametrize("behind_s", [600.0, -600.0])
def test_a_sender_that_comes_back_with_another_clock_loses_what_it_lost(bench: LinkHarness, behind_s: float) -> None:
    """Nothing is invented and nothing hidden: the gap is the pause by arrival, and an alarm tells the step."""
    first = bench.amplifier()
    bench.stream(20)
    first.dead = True
    bench.until(bench.in_state("lost"))
    second = bench.amplifier()
    second.number = first.number
    second.come = set_back(second, behind_s)  # type: ignore[method-assign,assignment]
    bench.until(bench.in_state("streaming"))
    bench.stream(5)
    [(length, reason)] = bench.gaps()
    # The search takes some seconds of 100 samples each.
    assert (reason, length < 1000) == ("lost", True)
    # To a chunk of 10 and a pull of 20: arrivals are that coarse.
    assert max(bench.offsets()) - min(bench.offsets()) <= 30
    way = "back" if behind_s > 0 else "ahead"
    assert f"was set {way} by" in bench.reports[-1].alarms["clock_step"]
    bench.stream(60)
    assert "clock_step" not in bench.reports[-1].alarms


# 3600 is told by the stamps themselves, at once; 0.3 and -2.0 stay within what a stamp may be off.
@pytest.mark.parametrize("step_s", [0.3, -2.0, 3600.0])
@pytest.mark.parametrize("compared_after_s", [1.0, 3.0, 6.0])
def test_l14_a_clock_that_is_set_is_told_once_however_soon_the_clocks_are_compared(
    bench: LinkHarness, step_s: float, compared_after_s: float
) -> None:
    """Comparing the clocks mends the times; that the clock was set is an alarm all the same, and no sample moves."""
    amplifier = bench.amplifier()
    bench.stream(20)
    amplifier.set_s = step_s
    bench.stream(compared_after_s)
    amplifier.compare_clocks()
    bench.stream(10)
    way = "ahead" if step_s > 0 else "back"
    told = f"the sender's clock was set {way} by {abs(step_s):.1f} s; no sample is lost or invented for it"
    assert bench.reports[-1].alarms == {"clock_step": told}
    assert bench.reports[-1].reason.endswith("its clock was set once while it was followed")
    assert (bench.gaps(), len(bench.offsets())) == ([], 1)
    bench.stream(61)
    assert bench.reports[-1].alarms == {}


def test_l11_what_a_full_buffer_dropped_is_missing_to_the_sample(bench: LinkHarness) -> None:
    """Silent for longer than LSL's buffer holds: the oldest samples are gone without a word, and are counted."""
    amplifier = bench.amplifier()
    bench.stream(30)
    amplifier.silent = True
    bench.stream(BUFFER_S + 40)
    assert bench.in_state("silent")()
    # 40 s of 100 Hz; the rest comes at once, whole.
    amplifier.silent, amplifier.number = False, amplifier.number + 4000
    bench.stream(15)
    assert bench.in_state("streaming")()
    assert [reason for _, reason in bench.gaps()] == ["counted"]
    assert bench.gaps()[0][0] == pytest.approx(4000, abs=1)
    assert bench.reports[-1].missing == bench.gaps()[0][0]
    told = "40.0 s of samples never came: nothing came for 400 s before, which is more than was held for this host"
    assert bench.reports[-1].alarms == {"samples_missing": told}
    first, *_, last = bench.records()
    assert isinstance(first, Chunk)
    assert isinstance(last, Chunk)
    # Numbers and indices agree again.
    assert last.samples[0, 0] - last.first == pytest.approx(first.samples[0, 0] - first.first, abs=1)
    bench.stream(61)
    assert bench.reports[-1].alarms == {}
