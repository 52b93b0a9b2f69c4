"""What a sender loses, by how much it loses and for how long it is away: counted to the sample, or told as too few."""

import pytest

from tests.stream.acquire.fake_network import LinkHarness
from tests.stream.acquire.fake_senders import CHUNK, SOURCE

RATE_HZ = SOURCE.rate_hz


# A chunk is 10 samples here: fewer cannot be told from jitter.
@pytest.mark.parametrize(("dropped", "counted"), [(1, 0), (5, 0), (50, 50), (5000, 5000)])
def test_s5_samples_dropped_within_a_link_are_a_gap_of_as_many(bench: LinkHarness, dropped: int, counted: int) -> None:
    """However many: what is counted is missing to the sample, and the time of what comes after it is true."""
    amplifier = bench.amplifier()
    bench.stream(30)
    amplifier.silent = True
    bench.stream(dropped / RATE_HZ)
    amplifier.silent, amplifier.number = False, amplifier.number + dropped
    bench.stream(30)
    assert [reason for _, reason in bench.gaps()] == ["counted"] * bool(counted)
    assert bench.reports[-1].missing == sum(length for length, _ in bench.gaps()) == pytest.approx(counted, abs=1)
    newest = bench.chunks()[-1]
    true_s = bench.epoch_s + newest.samples[0, -1] / RATE_HZ
    assert newest.lsl_s == pytest.approx(true_s, abs=CHUNK / RATE_HZ)


@pytest.mark.parametrize("away_s", [1, 10, 60])
def test_l1_a_killed_sender_is_told_at_once_and_its_gap_is_as_long_as_it_was_away(
    bench: LinkHarness, away_s: float
) -> None:
    """A search every 5 s at the least finds it again however long that took, and no sample moves."""
    first = bench.amplifier()
    bench.stream(20)
    first.dead, died_s = True, bench.crank.now_s()
    assert bench.until(bench.in_state("lost")) < 2
    bench.stream(away_s)
    second = bench.amplifier()
    second.number = first.number
    # The longest pause between searches (5 s), a search (1 s) and a pull (0.2 s).
    assert bench.until(bench.in_state("streaming")) < 7
    bench.stream(5)
    [(length, reason)] = bench.gaps()
    assert (reason, len(bench.offsets())) == ("lost", 1)
    assert away_s * RATE_HZ <= length <= (bench.crank.now_s() - 5 - died_s + 1) * RATE_HZ
    assert bench.reports[-1].alarms == {}


@pytest.mark.parametrize("ahead_s", [600.0, -600.0])
def test_l7_l8_a_twin_whose_clock_is_set_otherwise_is_known_as_well(bench: LinkHarness, ahead_s: float) -> None:
    """Beside the bound stream it is an alarm; in its place it is behind a gap of its own, as long as nothing came."""
    first = bench.amplifier()
    bench.stream(20)
    twin = bench.amplifier()
    twin.offset_s = -ahead_s
    bench.stream(5)
    assert "duplicate_source" in bench.reports[-1].alarms
    twin.number, first.dead = first.number, True
    bench.until(bench.in_state("lost"))
    bench.until(bench.in_state("streaming"))
    bench.stream(5)
    [(length, reason)] = bench.gaps()
    assert (reason, length <= 7 * RATE_HZ) == ("source_changed", True)
    # By arrivals, as its clock is another: to a chunk and a pull.
    assert max(bench.offsets()) - min(bench.offsets()) <= 30
