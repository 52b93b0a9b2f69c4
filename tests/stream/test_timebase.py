"""The model's sample index and the stream's: what the cursor says is what the conditioning really took."""

from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.signal.conditioning import Conditioner
from models.signal.montage import build
from models.signal.resampling import Resampler, whole_ratio
from stream.condition import Condition
from stream.config.keys import Condition as Settings
from stream.timebase import Timebase
from tests.stream.patient import chunk_of, patient_eeg

RATES_HZ = (128.0, 200.0, 249.99, 250.0, 256.0, 256.0004, 333.3, 500.0, 512.0, 1000.0)
ODD_RATES_HZ = (256.0004, 249.99, 1000 / 3, 512.0, 500.0)
"""Declared rates: one that counts as 256, one with decimals, a third of a whole number, and two that are usual."""
DAY_S = 86_400
HOP = 16
MOST = 700


@cache
def emitted(rate_hz: float) -> list[int]:
    """Count what the real conditioner has made after each raw sample, one pushed at a time."""
    _, labels = patient_eeg()
    montage = build("scalp", labels)
    conditioner = Conditioner(montage, rate_hz)
    one = np.zeros((len(montage.channels), 1), np.float32)
    made_after, total = [0], 0
    for index in range(MOST):
        done = conditioner.push(index, one, np.ones(one.shape, np.bool_))
        assert done.first == total
        total += done.samples.shape[1]
        made_after.append(total)
    return made_after


@pytest.mark.parametrize("rate_hz", RATES_HZ)
def test_taken_is_the_least_number_of_samples_that_gives_the_models(rate_hz: float) -> None:
    """Against the real conditioner, for every hop end that MOST raw samples reach."""
    counts = emitted(rate_hz)
    timebase = Timebase(rate_hz, 128.0, 0.0)
    for end in range(1, counts[-1] + 1):
        needed = next(n for n, count in enumerate(counts) if count >= end)
        assert timebase.taken(end) == needed, end


@pytest.mark.parametrize("rate_hz", ODD_RATES_HZ)
def test_after_a_day_no_hop_has_taken_more_than_came(rate_hz: float) -> None:
    """The cursor stands at or before the head, less than a hop behind it: samples pending are never below zero."""
    timebase, keep = Timebase(rate_hz, 128.0, 0.0), whole_ratio(rate_hz, 128.0)
    resampler = Resampler(1, rate_hz / keep, 128.0, 45.0)
    day = round(DAY_S * rate_hz)
    # Wherever in a hop the newest sample stands.
    for head in range(day, day + 2000):
        end = resampler.first_at(head // keep) // HOP * HOP
        pending = head - timebase.taken(end)
        assert 0 <= pending <= timebase.taken(end + HOP) - timebase.taken(end)


@pytest.mark.parametrize("rate_hz", ODD_RATES_HZ)
def test_after_a_day_a_peak_stands_where_the_resampler_found_it(rate_hz: float) -> None:
    """Within a sample, as in the first second."""
    keep = whole_ratio(rate_hz, 128.0)
    resampler = Resampler(1, rate_hz / keep, 128.0, 45.0)
    first = round(DAY_S * rate_hz / keep)
    begin, outputs, newest = resampler.push(first, np.zeros((1, 1000)))
    # No delay, so what is left between the two is the rounding to whole samples.
    timebase = Timebase(rate_hz, 128.0, 0.0)
    for number in range(outputs.shape[1]):
        # Where the rates share no grid, an output stands between two samples: at most one apart.
        assert 0 <= timebase.sample(begin + number) - keep * (first + int(newest[number])) <= 1


@pytest.mark.parametrize("rate_hz", ODD_RATES_HZ)
def test_after_a_day_the_lsl_time_is_still_that_of_the_newest_sample(rate_hz: float) -> None:
    """What is made of a chunk ends within a sample of its end: between the last two, where the rates share no grid."""
    samples, labels = patient_eeg()
    montage = build("scalp", labels)
    unit = {"scale_to_uv": 1.0, "known_unit": True}
    condition = Condition(montage, Settings(), labels=labels, rate_hz=rate_hz, model_rate_hz=128.0, **unit)  # type: ignore[arg-type]
    chunk = chunk_of(samples, 0, 997)
    made = condition.push(replace(chunk, first=round(DAY_S * rate_hz), lsl_s=1000.0))
    assert -1 / rate_hz < 1000.0 - made.lsl_s < 1 / 128


# Whole tenths of a hertz make the expected value exact in integers; 249.99 is none, 256.0004 counts as 256.
@given(st.sampled_from([(rate_hz, round(10 * rate_hz)) for rate_hz in RATES_HZ if rate_hz != 249.99]), st.data())
def test_s7_taken_is_exact_after_weeks_of_recording(rate: tuple[float, int], data: st.DataObject) -> None:
    """As whole numbers say; of a multiple k of the model's rate, k samples make one."""
    rate_hz, tenths = rate
    # 1280 tenths are the model's 128 Hz.
    multiple = 1 if tenths % 1280 else tenths // 1280
    # 2**32 samples are 388 days; at 1 + 1280 k the exact place is a whole number, where rounding would go wrong.
    end = data.draw(st.one_of(st.integers(1, 2**32), st.integers(0, 2**22).map(lambda k: 1 + 1280 * k)))
    assert Timebase(rate_hz, 128.0, 0.0).taken(end) == (end - 1) * tenths // 1280 + multiple


@pytest.mark.parametrize("rate_hz", [256.0, 333.3, 512.0])
def test_a_peak_stands_where_it_was_before_the_filters(rate_hz: float) -> None:
    """A model sample is placed by its time, less the delay, to the nearest sample of the stream, never before 0."""
    timebase = Timebase(rate_hz, 128.0, 0.025)
    for peak in (4, 100, 10_000):
        # Half a sample of the stream is what rounding to a whole index costs.
        assert abs(timebase.sample(peak) / rate_hz - (peak / 128.0 - 0.025)) <= 0.5 / rate_hz + 1e-9
    assert timebase.sample(0) == 0


@pytest.mark.parametrize("rate_hz", RATES_HZ)
def test_a_peak_lies_before_the_newest_sample_by_the_time_between_them(rate_hz: float) -> None:
    """Counted back from the newest sample that was taken, a peak has the time of its own place."""
    timebase, end = Timebase(rate_hz, 128.0, 0.025), 1600
    newest_s = (timebase.taken(end) - 1) / rate_hz
    place_s = 1500 / 128.0 - 0.025
    assert newest_s - timebase.before_newest_s(1500, end) == pytest.approx(place_s, abs=1 / rate_hz)
    if rate_hz % 128.0 == 0:
        assert newest_s - timebase.before_newest_s(1500, end) == pytest.approx(place_s, abs=1e-9)
