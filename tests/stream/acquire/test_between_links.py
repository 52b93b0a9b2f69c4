"""When a sender's next sample is due, and how many are lost when another link takes over."""

import math

import pytest

from stream.acquire.between_links import Expected, samples_lost
from stream.acquire.clock import ClockModel
from tests.stream.acquire.clock_senders import RATE_HZ, Sender, run


def test_next_sample_is_due_one_step_after_the_newest() -> None:
    """By the stamps and by arrival, from the first chunk on and once the lines are known."""
    model = ClockModel(RATE_HZ, 0)
    model.observe(16, 100.0, 100.5)
    assert model.expected() == Expected(100.0 + 1 / RATE_HZ, 100.5 + 1 / RATE_HZ)
    # 1 us and not 0: the chunks' delays are drawn at a rate of 1 / jitter.
    outcome = run(Sender(jitter_s=1e-6, stamp_jitter_s=1e-6), 40, start_s=0.0)
    due_s = outcome.lsl_s[-1] + 1 / RATE_HZ
    assert outcome.model.expected().stamp_s == pytest.approx(due_s, abs=1e-4)
    assert outcome.model.expected().arrival_s == pytest.approx(due_s, abs=1e-4)


@pytest.mark.parametrize(
    ("stamp_s", "arrival_s", "lost", "step_s"),
    [
        # Of 16 samples the newest is due 15/256 s after the first, which is due at 100.0, and by arrival at 100.5.
        (100.0 + 15 / 256, 100.2, 0, 0.0),
        # By arrival 9.4 s would be missing.
        (103.0 + 15 / 256, 110.0, 3 * 256, 0.0),
        (99.0, 103.0, 0, 0.0),
        (math.nan, 105.5 + 15 / 256, 5 * 256, 0.0),
        # 600 s early or late, and of another clock: nothing is invented, and what was lost is counted by arrival.
        (705.0 + 15 / 256, 105.5 + 15 / 256, 5 * 256, 600.0),
        (-495.0 + 15 / 256, 105.5 + 15 / 256, 5 * 256, -600.0),
        (9e5 + 5 + 15 / 256, 105.5 + 15 / 256, 5 * 256, 9e5 - 100),
    ],
    ids=["none", "by-stamp", "backwards", "unknown", "ahead", "behind", "another-clock"],
)
def test_samples_lost_between_two_links(stamp_s: float, arrival_s: float, lost: int, step_s: float) -> None:
    """The stamps count while they agree with the arrivals, else the arrival; never less than nothing."""
    found, stepped_s = samples_lost(Expected(100.0, 100.5), 16, stamp_s, arrival_s, RATE_HZ)
    assert found == lost
    assert stepped_s == pytest.approx(step_s)


def test_a_sender_whose_stamps_never_counted_has_not_stepped() -> None:
    """Between two links with arrivals for times, stamps 600 s off are no news."""
    assert samples_lost(Expected(100.0, 100.0, stamped=False), 1, 705.0, 105.0, RATE_HZ) == (5 * 256, 0.0)
