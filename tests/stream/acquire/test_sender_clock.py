"""A sender's clock as it becomes known: assumed for this host's own name, doubted by a sample, compared."""

import math

import pytest

from stream.acquire.sender_clock import SenderClock
from tests.stream.acquire.fake_senders import Crank


@pytest.fixture
def crank() -> Crank:
    """Return a clock that stands at 5,000 s."""
    return Crank()


def test_on_one_host_the_clock_is_known_from_the_start(crank: Crank) -> None:
    """A sample that has just been taken confirms it; of another host nothing is known."""
    here, there = (SenderClock(same_host=same, now_s=crank.now_s) for same in (True, False))
    for clock in (here, there):
        clock.note_arrival(crank.now_s() - 0.1)
    assert here.offset_s == 0.0
    assert math.isnan(there.offset_s)


@pytest.mark.parametrize("ahead_s", [600.0, 2.0, 0.5, -0.5, -2.0, -4000.0])
def test_l14_a_host_that_has_this_ones_name_and_another_clock_is_found_by_its_first_sample(
    crank: Crank, ahead_s: float
) -> None:
    """Its clock is not known then, rather than taken for this one's, until it is compared."""
    clock = SenderClock(same_host=True, now_s=crank.now_s)
    clock.note_arrival(crank.now_s() + ahead_s)
    assert math.isnan(clock.offset_s)
    clock.note_comparison(-ahead_s, 1.0)
    clock.note_arrival(crank.now_s() + ahead_s)
    assert clock.offset_s == -ahead_s


def test_nothing_that_came_and_no_answer_change_nothing(crank: Crank) -> None:
    """A pull that found nothing has no stamp; a comparison may fail."""
    clock = SenderClock(same_host=True, now_s=crank.now_s)
    clock.note_arrival(math.nan)
    clock.note_comparison(math.nan, 0.0)
    assert clock.offset_s == 0.0


def test_an_offset_that_is_handed_out_again_is_no_comparison(crank: Crank) -> None:
    """Only the time at which it was measured tells."""
    clock = SenderClock(same_host=False, now_s=crank.now_s)
    crank.sleep(3)
    assert clock.age_s() == 3
    for remote_s, age_s in ((1.0, 0.0), (1.0, 10.0), (2.0, 0.0)):
        clock.note_comparison(0.5, remote_s)
        assert clock.age_s() == age_s
        crank.sleep(10)
