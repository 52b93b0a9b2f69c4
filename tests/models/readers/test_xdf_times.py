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
