"""Filters: what passes, what folds, and what each costs."""

import numpy as np
import pytest
from scipy import signal

from models.signal import filters

BAND_HZ = (1.0, 50.0)


def gain_db(sections: filters.Sections, frequency_hz: float, rate_hz: float) -> float:
    """Return the gain at one frequency."""
    return 20.0 * float(np.log10(np.abs(signal.sosfreqz(sections, [frequency_hz], fs=rate_hz)[1][0]) + 1e-15))


@pytest.mark.parametrize("rate_hz", [200.0, 250.0, 256.0, 500.0, 512.0, 1000.0, 2048.0, 30_000.0])
def test_nothing_strong_folds_into_the_band(rate_hz: float) -> None:
    """What would fold below 40 Hz is down by 48 dB or more, mains harmonics of 100 and 120 Hz among it."""
    sections = np.concatenate([filters.bandpass(BAND_HZ, rate_hz, 128.0), filters.antialias(BAND_HZ, rate_hz, 128.0)])
    for frequency_hz in np.arange(88.5, min(rate_hz / 2, 2000.0), 0.5):
        # Frequencies fold around multiples of the model's rate; only what lands in the band does harm.
        if abs((frequency_hz + 64.0) % 128.0 - 64.0) < 40.0:
            assert gain_db(sections, frequency_hz, rate_hz) < -48.0


@pytest.mark.parametrize("rate_hz", [128.0, 250.0, 512.0, 2048.0])
def test_spikes_pass(rate_hz: float) -> None:
    """From 2 to 30 Hz less than 0.5 dB is lost."""
    sections = np.concatenate(
        [
            filters.bandpass(BAND_HZ, rate_hz, 128.0),
            filters.antialias(BAND_HZ, rate_hz, 128.0),
            filters.notch("auto", rate_hz),
        ]
    )
    for frequency_hz in np.arange(2.0, 30.0, 0.5):
        assert abs(gain_db(sections, frequency_hz, rate_hz)) < 0.5


def test_group_delay_equals_the_slope_of_the_phase() -> None:
    """Against a numerical derivative of the unwrapped phase."""
    sections = filters.bandpass(BAND_HZ, 512.0, 128.0)
    near = np.array([14.999, 15.001])
    phase = np.unwrap(np.angle(signal.sosfreqz(sections, near, fs=512.0)[1]))
    slope_s = -(phase[1] - phase[0]) / (2 * np.pi * (near[1] - near[0]))
    assert filters.group_delay_s(sections, 15.0, 512.0) == pytest.approx(slope_s, rel=1e-6)


def test_settling_of_a_first_order_high_pass_is_known() -> None:
    """A step through it decays as exp(-t / tau): a millionth of the energy is left after ln(1e6) / 2 tau."""
    tau_s = 1.0 / (2.0 * np.pi * 0.5)
    sections = signal.butter(1, 0.5, "highpass", fs=1000.0, output="sos")
    assert filters.settling_s(sections, 1000.0) == pytest.approx(0.5 * np.log(1e6) * tau_s, rel=0.01)


def test_notches_stand_at_mains_where_the_rate_allows() -> None:
    """Both by default, only 50 Hz at 128 Hz, none at 100 Hz; a number is that; "off" is none."""
    assert len(filters.notch("auto", 512.0)) == 2
    assert len(filters.notch("auto", 128.0)) == 1
    assert len(filters.notch("auto", 100.0)) == 0
    assert len(filters.notch("off", 512.0)) == 0
    assert gain_db(filters.notch(60.0, 512.0), 60.0, 512.0) < -60.0
    assert gain_db(filters.notch(60.0, 512.0), 50.0, 512.0) > -0.5


def test_slow_streams_get_a_lower_upper_edge() -> None:
    """At 100 Hz the band ends at 45 Hz."""
    assert filters.upper_edge_hz(BAND_HZ, 100.0) == 45.0
    assert filters.upper_edge_hz(BAND_HZ, 128.0) == 50.0
    assert gain_db(filters.bandpass(BAND_HZ, 100.0, 128.0), 45.0, 100.0) == pytest.approx(-3.01, abs=0.01)


@pytest.mark.parametrize("rate_hz", [100.0, 256.0, 512.0, 2048.0])
@pytest.mark.parametrize("low_hz", [0.1, 1.0, 5.0])
def test_differences_through_their_filter_give_what_the_signal_gives(rate_hz: float, low_hz: float) -> None:
    """The sum in front and the zero at 0 Hz cancel: a noise that starts at 0 comes out the same."""
    sections = np.concatenate([filters.notch("auto", rate_hz), filters.bandpass((low_hz, 40.0), rate_hz, 128.0)])
    steps = np.random.default_rng(0).normal(size=2000)
    given = signal.sosfilt(filters.of_differences(sections), steps)
    np.testing.assert_allclose(given, signal.sosfilt(sections, np.cumsum(steps)), rtol=0, atol=1e-9)
