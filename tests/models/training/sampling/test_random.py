"""Random draws: fresh, complete, and resumable from seed and epoch."""

import numpy as np
import pytest

from models.errors import ModelsError
from models.training.sampling.random import RandomSampler, epoch_indices, one_of_each


def test_every_epoch_draws_a_fresh_subset_and_all_are_seen_in_the_end() -> None:
    """Different members within a draw, different draws between epochs."""
    sampler = RandomSampler(200, seed=1)
    draws = [sampler.draw(epoch, 60) for epoch in range(30)]
    assert all(len(set(draw.tolist())) == 60 for draw in draws)
    assert len({tuple(draw.tolist()) for draw in draws}) == 30
    assert set(np.concatenate(draws).tolist()) == set(range(200))


def test_a_resumed_run_draws_what_it_would_have() -> None:
    """No state but seed and epoch: a new sampler asked for epoch 7 gives epoch 7."""
    went_on = RandomSampler(500, seed=9)
    for epoch in range(7):
        went_on.draw(epoch, 100)
    assert np.array_equal(went_on.draw(7, 100), RandomSampler(500, seed=9).draw(7, 100))
    assert not np.array_equal(went_on.draw(7, 100), RandomSampler(500, seed=10).draw(7, 100))


def test_a_subset_stays_for_its_period_and_only_grows() -> None:
    """Within three epochs a larger count keeps what was drawn."""
    sampler = RandomSampler(500, seed=2, period=3)
    assert np.array_equal(sampler.draw(3, 50), sampler.draw(5, 50))
    assert np.array_equal(sampler.draw(5, 80)[:50], sampler.draw(3, 50))
    assert not np.array_equal(sampler.draw(6, 50), sampler.draw(5, 50))


def test_draws_favour_no_negative() -> None:
    """Each of 20 is among 5 of 20 in a quarter of 4,000 epochs, within five standard deviations."""
    sampler = RandomSampler(20, seed=0)
    seen = np.bincount(np.concatenate([sampler.draw(epoch, 5) for epoch in range(4000)]), minlength=20)
    # Counts are binomial, p = 1/4 of 4,000: five standard deviations are 137.
    assert np.abs(seen - 1000).max() < 5 * np.sqrt(4000 * 0.25 * 0.75)


def test_an_epoch_holds_all_positives_and_the_draw_in_new_order() -> None:
    """Every epoch the same positives, shuffled anew, and the same again on resuming."""
    positives, negatives = np.array([3, 5, 8]), np.array([10, 11, 12, 13])
    epochs = [epoch_indices(positives, negatives, 4, epoch) for epoch in range(10)]
    assert all(sorted(e.tolist()) == [3, 5, 8, 10, 11, 12, 13] for e in epochs)
    assert len({tuple(e.tolist()) for e in epochs}) > 5
    assert np.array_equal(epochs[6], epoch_indices(positives, negatives, 4, 6))


def test_one_member_of_each_label_by_chance() -> None:
    """Labels come once each; over epochs every member of a label comes up alike."""
    labels = np.array([2, 0, 1, 0, 2, 2, 1])
    picks = np.array([one_of_each(labels, 0, epoch) for epoch in range(3000)])
    assert (labels[picks] == [0, 1, 2]).all()
    # Label 2 has the members 0, 4 and 5.
    assert np.abs(np.bincount(picks[:, 2], minlength=7)[[0, 4, 5]] - 1000).max() < 5 * np.sqrt(3000 * 2 / 9)


@pytest.mark.parametrize("count", [0, 11])
def test_too_many_or_none_are_refused(count: int) -> None:
    """The message says how many there are."""
    with pytest.raises(ModelsError, match="of 10 negatives"):
        RandomSampler(10, 0).draw(0, count)


def test_a_period_of_no_epochs_is_refused() -> None:
    """At least one epoch."""
    with pytest.raises(ModelsError, match="at least 1"):
        RandomSampler(10, 0, period=0)
