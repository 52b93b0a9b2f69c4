"""Breaks between samples that stand one behind the other: as long as is stated, or one sample and a remark."""

import pytest

from models.readers import joints
from models.readers.joints import Joint
from models.readers.stretches import Stretch


def test_a_stated_length_is_a_gap_of_it() -> None:
    """Samples behind it stand later; a break at either end of the file is none."""
    found, remarks = joints.placed([Joint(0, 5.0), Joint(40, 2.0), Joint(100, 1.0)], [], 100, 10.0)
    assert found == [Stretch(0, 0, 40), Stretch(60, 40, 60)]
    assert remarks == ()


def test_an_unknown_length_is_one_sample_and_a_remark() -> None:
    """The remark says where in the recording; few are named."""
    found, [remark] = joints.placed([Joint(40, None)], [], 100, 10.0)
    assert found == [Stretch(0, 0, 40), Stretch(41, 40, 60)]
    assert remark.startswith("was interrupted for an unknown time at 4.1 s: it is analysed anew from there, and times")
    many = [Joint(at, None) for at in range(10, 60, 10)]
    assert " at 1.1, 2.2, 3.3 s and 2 more places: " in joints.placed(many, [], 100, 10.0)[1][0]


def test_what_was_skipped_stays_where_it_is() -> None:
    """Its samples stand in the file; a break behind it adds to it, one inside of it says nothing."""
    found, _ = joints.placed([Joint(30, 9.0), Joint(50, 1.0)], [(20, 50)], 100, 10.0)
    assert found == [Stretch(0, 0, 20), Stretch(60, 50, 50)]


def test_a_file_without_breaks_is_one_stretch() -> None:
    """One without samples is none."""
    assert joints.placed([], [], 100, 10.0) == ([Stretch(0, 0, 100)], ())
    assert joints.placed([], [], 0, 10.0) == ([], ())


@pytest.mark.parametrize(
    ("starts", "tolerance_s", "expected"),
    [
        ([(0, 100.0), (50, 105.0)], 0.0, []),
        ([(0, 100.0), (50, 107.5)], 0.0, [Joint(50, 2.5)]),
        # The clock was set back, or by a year.
        ([(0, 100.0), (50, 103.0)], 0.0, [Joint(50, None)]),
        ([(0, 100.0), (50, 3e7)], 0.0, [Joint(50, None)]),
        ([(0, 100.0), (50, 105.9)], 1.0, []),
        # A part without a time: the next one knows what both miss.
        ([(0, 100.0), (50, None), (80, 111.0)], 0.0, [Joint(50, None), Joint(80, 3.0)]),
        ([(0, None), (50, 105.0), (80, 108.0)], 0.0, [Joint(50, None)]),
        ([], 0.0, []),
    ],
)
def test_breaks_follow_from_the_times_of_the_parts(
    starts: list[tuple[int, float | None]], tolerance_s: float, expected: list[Joint]
) -> None:
    """At 10 Hz."""
    assert list(joints.by_times(starts, 10.0, tolerance_s)) == expected


def test_a_slow_clock_never_adds_up_to_a_break() -> None:
    """Half a second a part, a hundred parts."""
    assert list(joints.by_times([(10 * k, 1.05 * k) for k in range(100)], 10.0, 0.1)) == []


def test_a_mark_on_a_break_or_half_a_sample_before_it_is_the_same_sample() -> None:
    """Rounded seconds are, too."""
    assert {joints.sample_behind(at / 256, 256.0) for at in (7679.5, 7679.99, 7680, 7680.01)} == {7680}
