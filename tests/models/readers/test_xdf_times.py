"""Samples laid out by stamps that are not what stamps should be."""

import numpy as np
import pytest
from numpy.typing import NDArray

from models.readers.xdf_times import Placed, place

RATE_HZ, LENGTH = 250.0, 2500
SERIES = np.arange(LENGTH, dtype=np.float32)[:, None]
TAKEN_S = 100 + np.arange(LENGTH) / RATE_HZ


def whole(*remarks: str) -> Placed:
    """Return what becomes of a stream without a gap."""
    return Placed(SERIES.T, RATE_HZ, remarks, ())


def equal(found: Placed, expected: Placed) -> bool:
    """Compare two layouts."""
    rest = (found.rate_hz, found.remarks, found.gaps) == (expected.rate_hz, expected.remarks, expected.gaps)
    return rest and np.array_equal(found.samples, expected.samples)


@pytest.mark.parametrize(
    ("stamps", "unit"),
    [(TAKEN_S * 1e3, "milliseconds"), (TAKEN_S * 1e6, "microseconds"), (np.arange(LENGTH) * 1.0, "samples")],
)
def test_stamps_in_another_unit_are_brought_to_seconds(stamps: NDArray[np.float64], unit: str) -> None:
    """The unit is the one in which they show the declared rate."""
    assert equal(place(SERIES, stamps, RATE_HZ), whole(f"has time stamps that count {unit}"))


@pytest.mark.parametrize("number", [1, 25])
def test_samples_before_the_first_stamp_are_no_recording_of_their_own(number: int) -> None:
    """The library counts them from 0, which looked like a pause of as long as the sender's clock had run."""
    stamps_s = TAKEN_S.copy()
    stamps_s[:number] = np.arange(1, number + 1) / RATE_HZ
    remark = f"has {number} time stamps that are no times; the times around them are taken"
    assert equal(place(SERIES, stamps_s, RATE_HZ), whole(remark))


def test_a_pause_of_a_sender_that_counts_from_its_start_is_a_pause() -> None:
    """Its stamps are what the library would count, for longer than a chunk."""
    stamps_s = np.arange(1, LENGTH + 1) / RATE_HZ
    stamps_s[1250:] += 10
    assert place(SERIES, stamps_s, RATE_HZ).gaps == ((1250, 3750),)


@pytest.mark.parametrize("bad", [slice(0, 500), slice(1000, 1001), slice(2400, LENGTH)])
@pytest.mark.parametrize("value", [0.0, np.nan])
def test_stamps_that_are_none_take_the_times_around_them(bad: slice, value: float) -> None:
    """At the beginning and the end the declared rate goes on."""
    stamps_s = TAKEN_S.copy()
    stamps_s[bad] = value
    number = len(stamps_s[bad])
    remark = f"has {number} time stamps that are no times; the times around them are taken"
    assert equal(place(SERIES, stamps_s, RATE_HZ), whole(remark))


@pytest.mark.parametrize("value", [0.0, np.nan])
def test_without_any_stamp_the_declared_rate_is_believed(value: float) -> None:
    """As it must be."""
    found = place(SERIES, np.full(LENGTH, value), RATE_HZ)
    assert found.rate_hz == RATE_HZ
    assert found.remarks[0] == "has no time stamps; the declared rate is believed"


@pytest.mark.parametrize("in_a_second", [1e3, 1e6, 1e9, RATE_HZ], ids=["ms", "us", "ns", "samples"])
@pytest.mark.parametrize("missing", [slice(1000, 1500), slice(1000, 1050)])
def test_a_unit_is_found_beside_a_pause_or_a_loss(in_a_second: float, missing: slice) -> None:
    """What was not recorded is part of no rate; the gap has its true length."""
    stamps = np.delete(np.round(TAKEN_S * in_a_second), np.r_[missing])
    found = place(np.delete(SERIES, np.r_[missing], axis=0), stamps, RATE_HZ)
    assert (found.rate_hz, found.gaps) == (RATE_HZ, ((missing.start, missing.stop),))
    assert np.isnan(found.samples[0, missing]).all()
    np.testing.assert_array_equal(np.delete(found.samples[0], np.r_[missing]), np.delete(SERIES[:, 0], np.r_[missing]))


def test_a_unit_is_found_beside_a_rate_that_is_off() -> None:
    """The rate then gives way as that of stamps in seconds does."""
    found = place(SERIES, TAKEN_S * 1e3, 256.0)
    assert found.rate_hz == pytest.approx(RATE_HZ)
    assert found.remarks[0] == "has time stamps that count milliseconds"


def test_jitter_of_milliseconds_is_no_stray() -> None:
    """A stamp that is 2 ms late is a time, in whatever unit."""
    late_s = np.where(np.arange(LENGTH) % 50 == 0, 0.002, 0.0)
    assert equal(place(SERIES, (TAKEN_S + late_s) * 1e3, RATE_HZ), whole("has time stamps that count milliseconds"))


@pytest.mark.parametrize("slower", [1e4, 1e8])
def test_stamps_in_a_unit_that_nobody_knows_divide_nothing_by_zero(slower: float) -> None:
    """Their rate is one that is refused further on."""
    assert 0 < place(SERIES, TAKEN_S * slower, RATE_HZ).rate_hz < 1
