"""Times of data records: gaps where they are, none where times are rounded, refusals that name the record."""

import math
import re
from collections.abc import Callable
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.errors import RecordingError
from models.readers.edf_times import LATE_S, pace, past_midnight, starts


@given(
    gaps_s=st.lists(st.sampled_from([0.0, 0.0, 0.0, 0.5, 2.0, 100.0, 3600.0]), min_size=1, max_size=50),
    first_s=st.sampled_from([0.0, 0.25, 1000.0]),
    data=st.data(),
)
def test_records_stand_where_their_times_put_them(gaps_s: list[float], first_s: float, data: st.DataObject) -> None:
    """Any gaps, times rounded by less than half of what is allowed, any start: sample by sample where they belong."""
    times_s, expected, at_s = [], [], 0.0
    for number, gap_s in enumerate(gaps_s):
        at_s += gap_s if number else 0.0
        rounding_s = data.draw(st.floats(-0.4 * LATE_S, 0.4 * LATE_S)) if number else 0.0
        times_s.append(first_s + at_s + rounding_s)
        expected.append(round(at_s * 100))
        at_s += 1.0
    found = starts(times_s, 1.0, 100.0, 100)
    # Where a gap is measured between two rounded times, by as much as both are rounded.
    allowed = 1 + sum(gap_s > 0 for gap_s in gaps_s)
    assert all(abs(one - other) <= allowed for one, other in zip(found, expected, strict=True))
    assert all(later - one >= 100 for one, later in pairwise(found))


def test_a_clock_that_is_a_little_off_makes_no_gap() -> None:
    """A record every 1.001 s for an hour: 3.6 s by the end, and never a jump."""
    assert starts([1.001 * k for k in range(3600)], 1.0, 256.0, 256) == list(range(0, 3600 * 256, 256))


def test_records_without_a_time_follow_those_before_them() -> None:
    """Nowhere a time, or only in between."""
    assert starts([None] * 3, 1.0, 10.0, 10) == [0, 10, 20]
    assert starts([0.0, None, 7.0, None], 1.0, 10.0, 10) == [0, 10, 70, 80]


@pytest.mark.parametrize(
    ("times_s", "said"),
    [
        ([0.0, 1.0, 1.5], "data record 3 begins at 1.5 s, before the one before it ends (2 s)"),
        ([0.0, 1.0, 50.0, 3.0], "data record 4 begins at 3 s, before the one before it ends (51 s)"),
        ([0.0, 1e9], "data record 2 says that it begins at 1e+09 s, more than a day after"),
    ],
)
def test_times_that_cannot_be_are_refused_by_record(times_s: list[float], said: str) -> None:
    """Onto samples that are there no others are laid."""
    with pytest.raises(RecordingError, match=re.escape(said)):
        starts(times_s, 1.0, 256.0, 256)


@pytest.mark.parametrize("wrong_s", [3.0, 5.3, 50.0, 1e9])
def test_one_time_that_cannot_be_is_taken_between_those_around_it(wrong_s: float) -> None:
    """A digit that was damaged, or a stamp that came late: the record before and the one after leave no gap."""
    times_s = tuple(float(record) if record != 5 else wrong_s for record in range(12))
    found = pace(times_s, 1.0, may_have_gaps=False)
    assert found.times_s == tuple(map(float, range(12)))
    (remark,) = found.remarks
    assert remark.startswith(
        f"1 of its data records state a time that cannot be (the first is record 6, at {wrong_s:g} s)"
    )


@pytest.mark.parametrize(("record", "wrong_s"), [(0, 7.0), (0, 1e9), (11, 3.0), (11, -5.0)])
def test_the_time_of_the_first_or_last_record_that_cannot_be_is_mended(record: int, wrong_s: float) -> None:
    """It lies among the others, or behind them all; every sample stays."""
    times_s = tuple(wrong_s if number == record else float(number) for number in range(12))
    found = pace(times_s, 1.0, may_have_gaps=False)
    assert found.times_s == tuple(map(float, range(12)))
    assert f"(the first is record {record + 1}, at {wrong_s:g} s)" in found.remarks[0]


@pytest.mark.parametrize(("record", "time_s"), [(0, -100.0), (11, 100.0)])
def test_a_first_record_before_a_gap_and_a_last_one_behind_are_no_strays(record: int, time_s: float) -> None:
    """What was not recorded may be long."""
    times_s = tuple(time_s if number == record else float(number) for number in range(12))
    assert pace(times_s, 1.0, may_have_gaps=True).times_s == times_s


def test_a_gap_of_one_record_is_no_stray() -> None:
    """Times behind it stay where they are."""
    times_s = (0.0, 1.0, 2.0, 3.0, 4.0, 9.0, 14.0, 15.0, 16.0, 17.0)
    assert pace(times_s, 1.0, may_have_gaps=True).times_s == times_s


@pytest.mark.parametrize(
    ("record_s", "step_s", "records"),
    [(10.0, 10.013, 12), (10.0, 9.97, 12), (1.0, 1.004, 28_800), (1.0, 0.9999, 20_000)],
)
def test_a_steady_clock_that_is_a_little_off_decides_how_long_a_record_is(
    record_s: float, step_s: float, records: int
) -> None:
    """As soon as a record would be a gap, or begin before the one before it ends, or the end be dated wrongly."""
    times_s = tuple(round(k * step_s, 3) for k in range(records))
    found = pace(times_s, record_s, may_have_gaps=False)
    assert found.record_s == pytest.approx(step_s, rel=1e-6)
    (remark,) = found.remarks
    assert f"lasts {record_s:g} s, and its records are {step_s:.6g} s apart; the latter is used" in remark
    rate_hz = 256.0 * record_s / step_s
    assert starts(found.times_s, found.record_s, rate_hz, 256) == [256 * k for k in range(records)]


def test_a_gap_says_nothing_about_a_clock() -> None:
    """The records before and behind it do; it keeps its length."""
    times_s = tuple(k * 10.02 + (300.0 if k >= 6 else 0.0) for k in range(12))
    found = pace(times_s, 10.0, may_have_gaps=False)
    assert found.record_s == pytest.approx(10.02)
    begins = starts(found.times_s, found.record_s, 256 / 1.002, 2560)
    assert begins[6] - begins[5] - 2560 == round(300 * 256 / 1.002)


def test_rounding_alone_is_no_clock_that_is_off() -> None:
    """Records of 1/3 s whose times have two decimals."""
    times_s = tuple(round(k / 3, 2) for k in range(600))
    found = pace(times_s, 1 / 3, may_have_gaps=False)
    assert (found.record_s, found.remarks) == (1 / 3, ())


@pytest.mark.parametrize(("record_s", "grain_s"), [(0.5, 1.0), (0.25, 1.0), (1.5, 1.0), (0.25, 0.1)])
@pytest.mark.parametrize("rounded", [math.floor, round])
def test_times_that_are_rounded_to_more_than_a_record_follow_each_other(
    record_s: float, grain_s: float, rounded: Callable[[float], int]
) -> None:
    """Whole seconds of half a second each: no gap, and none begins before the one before it ends; a gap stays one."""
    taken_s = [k * record_s + (30.0 if k >= 100 else 0.0) for k in range(400)]
    found = pace(tuple(rounded(one_s / grain_s + 1e-9) * grain_s for one_s in taken_s), record_s, may_have_gaps=False)
    begins = starts(found.times_s, found.record_s, 200.0, round(200 * record_s))
    off_s = [abs(begin / 200 - one_s) for begin, one_s in zip(begins, taken_s, strict=True)]
    assert max(off_s[:100]) < 0.01
    assert max(off_s) <= 2 * grain_s
    assert f"state their time in steps of {grain_s:g} s" in found.remarks[0]


def test_rounded_times_of_a_clock_that_is_off_show_it() -> None:
    """By the distance of many records."""
    times_s = tuple(float(math.floor(k * 0.502)) for k in range(2000))
    assert pace(times_s, 0.5, may_have_gaps=False).record_s == pytest.approx(0.502, rel=1e-3)


def test_times_of_the_day_go_on_past_midnight() -> None:
    """It is no damage; a step back by day is."""
    found = pace(tuple((86_380.0 + k) % 86_400 for k in range(60)), 1.0, may_have_gaps=False)
    assert found.times_s == tuple(86_380.0 + k for k in range(60))
    assert found.remarks == ("has data records that count their time from 0 again, from record 21 on: a day later",)
    back_s = tuple(70_000.0 + k if k < 20 else float(k) for k in range(60))
    assert past_midnight(back_s) == (back_s, ())
