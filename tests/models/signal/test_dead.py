"""Dead channels: an electrode that was off all the time, and never one that was on for a while."""

import numpy as np
import pytest
from numpy.typing import NDArray

from models.signal.dead import dead_channels

RATE_HZ = 256.0


def noise(seconds: int = 20) -> NDArray[np.float32]:
    """Return three channels of noise in whole microvolts, as a converter has them."""
    return np.random.default_rng(0).normal(scale=10, size=(3, seconds * 256)).round().astype(np.float32)


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (0.0, "flat or at a rail throughout"),
        (3276.7, "flat or at a rail throughout"),
        (np.nan, "without a sample throughout"),
    ],
)
def test_a_channel_of_one_value_is_dead(value: float, reason: str) -> None:
    """Flat, at a rail, or without a sample, the few first ones apart."""
    samples = noise()
    samples[1] = value
    assert dead_channels([samples], RATE_HZ) == {1: reason}
    samples[1, :20] = noise()[1, :20]
    assert list(dead_channels([samples], RATE_HZ)) == [1]


def test_a_gap_of_all_channels_makes_none_of_them_dead() -> None:
    """What nobody has counts for nobody."""
    samples = noise()
    samples[:, 256:4000] = np.nan
    samples[2] = np.where(np.isnan(samples[2]), np.nan, 5.0)
    assert list(dead_channels([samples], RATE_HZ)) == [2]


def test_an_electrode_that_was_on_for_a_part_is_not_dead() -> None:
    """A tenth of the time is a tenth of the events."""
    samples = noise()
    samples[1, 512:] = 0.0
    assert dead_channels([samples], RATE_HZ) == {}


def test_where_all_are_dead_none_is_bridged() -> None:
    """It is rejected, with the reason."""
    assert dead_channels([np.zeros((3, 5000), np.float32)], RATE_HZ) == {}
