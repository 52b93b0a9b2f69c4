"""Resampling: any pair of rates, the same numbers as the slow obvious loop, no images and no drift."""

from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.signal.resampling import Resampler

RATES_HZ = [100.0, 120.0, 200.0, 250.0, 256.0, 499.87, 500.0, 512.0, 1000.0, 2048.0, 30_000.0]


def interpolated(x: np.ndarray, at: Fraction, taps: int) -> float:
    """Return x at a place between samples by a Kaiser-windowed sinc, tap by tap; zero before the start."""
    weights, values = [], []
    for index in range(int(at - Fraction(taps, 2)) - 2, int(at + Fraction(taps, 2)) + 3):
        lag = float(index - at)
        if -taps / 2 < lag <= taps / 2:
            shape = np.i0(0.1102 * (60.0 - 8.7) * np.sqrt(max(0.0, 1.0 - (2.0 * lag / taps) ** 2)))
            weights.append(np.sinc(lag) * shape)
            values.append(x[index] if 0 <= index < x.size else 0.0)
    return float(np.dot(weights, values) / np.sum(weights))


@settings(max_examples=15, deadline=None)
@given(rate_hz=st.sampled_from(RATES_HZ), seed=st.integers(0, 2**16))
def test_outputs_equal_the_slow_loop(rate_hz: float, seed: int) -> None:
    """Every output is the interpolation at its own time, less the delay."""
    x = np.random.default_rng(seed).normal(size=250)
    resampler = Resampler(1, rate_hz, 128.0, min(50.0, 0.45 * rate_hz))
    first, outputs, newest = resampler.push(0, x[None])
    ratio = Fraction(rate_hz).limit_denominator(1000) / 128
    delay = 0 if resampler.taps == 1 else Fraction(resampler.taps, 2)
    twin = [
        x[int(j * ratio)] if resampler.taps == 1 else interpolated(x, j * ratio - delay, resampler.taps)
        for j in range(first, first + outputs.shape[1])
    ]
    # 499.87 Hz has more phases than the table: rounded to 1/8192 of a sample.
    np.testing.assert_allclose(outputs[0], twin, atol=2e-3 if rate_hz == 499.87 else 1e-12)
    np.testing.assert_array_equal(newest, [int(j * ratio) for j in range(outputs.shape[1])])


@pytest.mark.parametrize("rate_hz", RATES_HZ)
@pytest.mark.parametrize("frequency_hz", [3.0, 20.0, 44.0])
def test_a_sine_keeps_amplitude_and_phase(rate_hz: float, frequency_hz: float) -> None:
    """Within 0.2 % of the same sine sampled at the model's rate, `delay_s` later."""
    time_s = np.arange(int(2 * rate_hz)) / rate_hz
    resampler = Resampler(1, rate_hz, 128.0, min(50.0, 0.45 * rate_hz))
    _, outputs, _ = resampler.push(0, np.sin(2 * np.pi * frequency_hz * time_s)[None])
    model_s = np.arange(outputs.shape[1]) / 128.0 - resampler.delay_s
    wanted = np.sin(2 * np.pi * frequency_hz * model_s)
    np.testing.assert_allclose(outputs[0, 64:], wanted[64:], atol=2e-3)


@settings(max_examples=40, deadline=None)
@given(rate_hz=st.sampled_from(RATES_HZ), cuts=st.lists(st.integers(0, 300), max_size=20), first=st.integers(0, 2**53))
def test_any_chunking_gives_the_same_bits(rate_hz: float, cuts: list[int], first: int) -> None:
    """Whatever the cuts and however late the start, outputs and indices are those of one push."""
    x = np.random.default_rng(first % 997).normal(size=(3, 300))
    one, other = Resampler(3, rate_hz, 128.0, 45.0), Resampler(3, rate_hz, 128.0, 45.0)
    begin, whole, _ = one.push(first, x)
    edges = [0, *sorted(cuts), 300]
    parts = [other.push(first + a, x[:, a:b]) for a, b in pairwise(edges) if b > a]
    np.testing.assert_array_equal(np.concatenate([part[1] for part in parts], axis=1), whole)
    assert parts[0][0] == begin
    for (at, outputs, _), (following, _, _) in pairwise(parts):
        assert at + outputs.shape[1] == following


@pytest.mark.parametrize("rate_hz", RATES_HZ)
def test_a_day_gives_a_day(rate_hz: float) -> None:
    """The grid does not drift: a day of samples at a decimal rate is a day of outputs."""
    resampler = Resampler(1, rate_hz, 128.0, 45.0)
    assert abs(resampler.first_at(round(86_400 * rate_hz)) - 86_400 * 128) <= 1


def test_a_multiple_of_the_model_rate_is_picked_without_delay() -> None:
    """From 512 Hz every fourth sample, as it is."""
    resampler = Resampler(1, 512.0, 128.0, 50.0)
    x = np.arange(40.0)[None]
    first, outputs, newest = resampler.push(6, x)
    assert (first, resampler.delay_s) == (2, 0.0)
    np.testing.assert_array_equal(outputs[0], x[0, 2::4])
    np.testing.assert_array_equal(newest, np.arange(2, 40, 4))
