"""Nights follow the transitions that were counted in people."""

import numpy as np
import pytest

from models.simulate.hypnogram import COUNTS, hypnogram, transition_matrix


def test_six_steps_of_five_seconds_are_one_epoch() -> None:
    """The root, taken to the sixth power, gives the counted shares; every row is one of probabilities."""
    step, epoch = transition_matrix(5.0), transition_matrix()
    assert step.min() >= 0
    assert step.sum(axis=1) == pytest.approx(np.ones(5))
    assert np.linalg.matrix_power(step, 6) == pytest.approx(epoch, abs=2e-3)
    assert epoch[2, 2] == pytest.approx(26259 / sum(COUNTS[2]))


def test_a_night_stays_and_moves_as_often_as_counted() -> None:
    """20,000 epochs: the shares of each row within what chance leaves."""
    night = hypnogram(20_000, np.random.default_rng(0))
    found = np.zeros((5, 5))
    np.add.at(found, (night[:-1], night[1:]), 1)
    expected = transition_matrix() * found.sum(axis=1, keepdims=True)
    assert np.all(np.abs(found - expected) < 5 * np.sqrt(expected + 1))


def test_nights_begin_in_any_stage() -> None:
    """A recording may begin anywhere in a night."""
    assert {int(hypnogram(1, np.random.default_rng(seed))[0]) for seed in range(40)} == set(range(5))
