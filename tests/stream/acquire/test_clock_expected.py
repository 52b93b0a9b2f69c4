"""When a sender's next sample is due, and how many are lost when another link takes over."""

import math

import pytest

from stream.acquire.clock import ClockModel, Expected, samples_lost
from tests.stream.acquire.test_clock import RATE_HZ, Sender, run


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
    ("stamp_s", "arrival_s", "lost"),
    [
        # Of 16 samples the newest is due 15/256 s after the first, which is due at 100.0, and by arrival at 100.5.
        (100.0 + 15 / 256, 100.2, 0),
        # By arrival 9.4 s would be missing.
        (103.0 + 15 / 256, 110.0, 3 * 256),
        (99.0, 103.0, 0),
        (math.nan, 105.5 + 15 / 256, 5 * 256),
        # More than an hour from its arrival (PLAUSIBLE_S): the stamp is of another clock.
        (9e5, 105.5 + 15 / 256, 5 * 256),
    ],
    ids=["none", "by-stamp", "backwards", "unknown", "implausible"],
)
def test_samples_lost_between_two_links(stamp_s: float, arrival_s: float, lost: int) -> None:
    """The sender's clock counts if it says something, else the arrival; never less than nothing."""
    assert samples_lost(Expected(100.0, 100.5), 16, stamp_s, arrival_s, RATE_HZ) == lost
