"""Electrodes that come off and on again: judged at fixed indices, from the two minutes before each."""

import numpy as np
import pytest
from numpy.typing import NDArray

from models.signal.artifacts import BadSampleTracker
from models.signal.lost_electrodes import LostElectrodes, bad_channels, known_from

RATE_HZ = 100.0
SLOT = 250


def noise(seconds: int) -> NDArray[np.float32]:
    """Return five channels of noise in whole microvolts, as a converter has them."""
    return np.random.default_rng(0).normal(scale=10, size=(5, seconds * 100)).round().astype(np.float32)


def changes(samples: NDArray[np.float32], chunk: int = SLOT, first: int = 0) -> list[tuple[int, tuple[int, ...]]]:
    """Return at which sample which channels are lost from there on, whenever that changes."""
    watched = LostElectrodes(len(samples), RATE_HZ, first)
    found: list[tuple[int, tuple[int, ...]]] = [(first, ())]
    for at in range(first, samples.shape[1], chunk):
        watched.push(at, samples[:, at : at + chunk])
        if watched.lost != found[-1][1]:
            found.append((min(at + chunk, samples.shape[1]), watched.lost))
    return found[1:]


@pytest.mark.parametrize("value", [0.0, 3276.7, np.nan])
def test_an_electrode_is_lost_after_10_s_and_used_again_after_2_min(value: float) -> None:
    """Flat, at a rail or without samples: in each of four slots, and until not all of the last four are of 48."""
    samples = noise(200)
    samples[3, 2100:5000] = value
    # Slots begin at multiples of 250. The first four in which it is bad begin at 2000, the last four at 4000.
    assert changes(samples) == [(2000 + 4 * SLOT, (3,)), (4000 + 49 * SLOT, ())]


@pytest.mark.parametrize("value", [0.0, np.nan])
def test_an_electrode_that_comes_and_goes_is_lost_as_well(value: float) -> None:
    """A tenth of a second in every two: no filter settles in between."""
    samples = noise(60)
    for first in range(1100, 6000, 200):
        samples[4, first : first + 10] = value
    assert changes(samples) == [(1000 + 4 * SLOT, (4,))]


def test_an_electrode_that_stands_still_for_less_than_a_tenth_of_a_second_is_none() -> None:
    """So does EEG, in whole microvolts."""
    samples = noise(60)
    for first in range(0, 6000, 100):
        samples[4, first : first + 9] = 4.0
    assert changes(samples) == []


def test_what_is_off_for_less_is_never_lost() -> None:
    """Three slots in a row, then one with a signal, again and again."""
    samples = noise(60)
    for first in range(0, 6000, 1000):
        samples[1, first : first + 750] = 7.0
    assert changes(samples) == []


def test_any_chunks_give_the_same() -> None:
    """What is lost depends on samples and their indices alone."""
    samples = noise(60)
    samples[0, 1000:] = 0.0
    [(at, lost)] = changes(samples)
    assert (at, lost) == (2000, (0,))
    for chunk in (1, 13, 977, 6000):
        watched = LostElectrodes(5, RATE_HZ)
        for first in range(0, at, chunk):
            assert not watched.lost
            watched.push(first, samples[:, first : min(first + chunk, at)])
        assert (watched.lost, watched.edge) == (lost, at + SLOT)


def test_a_cable_that_is_out_says_nothing_of_single_electrodes() -> None:
    """All channels flat at once are not so many lost electrodes; nor are three of five."""
    samples = noise(60)
    samples[:, 500:4000] = 0.0
    assert changes(samples) == []
    samples = noise(60)
    samples[:3, 500:4000] = 0.0
    assert changes(samples) == []


def test_a_gap_is_no_signal_of_any_channel() -> None:
    """The row of slots ends with it, and what was lost before stays lost for two minutes."""
    samples = noise(60)
    samples[2] = 0.0
    watched = LostElectrodes(5, RATE_HZ)
    watched.push(0, samples[:, :750])
    watched.skip_to(1000)
    watched.push(1000, samples[:, 1000:1750])
    assert not watched.lost
    watched.push(1750, samples[:, 1750:2000])
    assert list(watched.lost) == [2]
    watched.skip_to(2000 + 40 * SLOT)
    assert list(watched.lost) == [2]
    watched.skip_to(2000 + 50 * SLOT)
    assert not watched.lost


@pytest.mark.parametrize("at", [2999, 3250, 9000, 16_249, 16_250])
def test_a_process_that_begins_later_knows_the_same(at: int) -> None:
    """From `known_from` on it needs to see, and nothing from before."""
    samples = noise(200)
    samples[3, 2100:5000] = 0.0
    whole, later = LostElectrodes(5, RATE_HZ), LostElectrodes(5, RATE_HZ, known_from(at, RATE_HZ))
    whole.push(0, samples[:, :at])
    later.push(known_from(at, RATE_HZ), samples[:, known_from(at, RATE_HZ) : at])
    assert (whole.lost, whole.edge) == (later.lost, later.edge)


def test_samples_that_are_known_are_passed_by() -> None:
    """The stages are led through samples of before again."""
    samples = noise(60)
    samples[4] = 0.0
    watched = LostElectrodes(5, RATE_HZ)
    watched.push(0, samples[:, :900])
    watched.push(0, samples[:, :900])
    watched.push(800, samples[:, 800:1000])
    assert (watched.lost, watched.edge) == ((4,), 1250)


@pytest.mark.parametrize("seed", range(20))
def test_bad_is_what_the_conditioning_takes_for_bad(seed: int) -> None:
    """Each channel that it would not use throughout, and no other."""
    rng = np.random.default_rng(seed)
    samples = rng.integers(-3, 3, (40, 400)).astype(np.float32)
    for row in samples[:30]:
        first, length = rng.integers(0, 380), rng.integers(7, 13)
        row[first : first + length] = rng.choice([5.0, np.nan])
    tracker = BadSampleTracker(len(samples), RATE_HZ)
    tracker.push(samples.astype(np.float64), np.isfinite(samples))
    bad = (tracker.since_bad(np.arange(samples.shape[1])) == 0).any(axis=1)
    assert bad_channels(samples, RATE_HZ).tolist() == bad.tolist()
    assert 0 < bad.sum() < 30
