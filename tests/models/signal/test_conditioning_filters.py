"""The filters of conditioning: what they delay, when they have settled, what they notch, which settings they refuse."""

import numpy as np
import pytest
from scipy import signal

from models.errors import ModelsError, RecordingError
from models.signal.conditioning import Conditioner
from models.signal.offline import condition
from tests.models.signal.shaft import RATES_HZ, SHAFT, everything


@pytest.mark.parametrize("rate_hz", RATES_HZ)
@pytest.mark.parametrize("frequency_hz", [5.0, 15.0, 30.0])
def test_a_wave_packet_comes_out_later_by_the_stated_delay(rate_hz: float, frequency_hz: float) -> None:
    """The envelope of a Gaussian packet moves by `delay_s` of its frequency, to half a millisecond."""
    conditioner = Conditioner(SHAFT, rate_hz)
    # Long enough before the packet for the filters to settle, and wide enough that one frequency has its delay.
    centre_s, width_s = 6.0, 0.4
    time_s = np.arange(int(12 * rate_hz)) / rate_hz - centre_s
    x = np.zeros((6, time_s.size), np.float32)
    x[0] = 100.0 * np.exp(-0.5 * (time_s / width_s) ** 2) * np.cos(2 * np.pi * frequency_hz * time_s)
    out = conditioner.push(0, x, np.ones(x.shape, bool)).samples[0].astype(float)
    envelope = np.abs(signal.hilbert(out)) ** 2
    at_s = float((np.arange(out.size) / 128.0) @ envelope / envelope.sum())
    assert at_s - centre_s == pytest.approx(conditioner.delay_s(frequency_hz), abs=5e-4)


def test_delays_are_named_and_add_up() -> None:
    """One term a filter; with what the last of four samples leads by, their sum at 15 Hz; picking delays nothing."""
    conditioner = Conditioner(SHAFT, 512.0)
    assert list(conditioner.delays_ms) == ["bandpass", "notch", "antialias", "resample"]
    assert sum(conditioner.delays_ms.values()) == pytest.approx(1e3 * (conditioner.delay_s() + 3 / 512))
    assert conditioner.delays_ms["resample"] == 0.0
    assert 10.0 < sum(conditioner.delays_ms.values()) < 14.0


@pytest.mark.parametrize("rate_hz", [100.0, 250.0, 512.0, 2048.0])
def test_settling_is_what_the_filters_need(rate_hz: float) -> None:
    """After `settle_s` a step has left less than 0.2 % of itself; half that time is not enough."""
    conditioner = Conditioner(SHAFT, rate_hz)
    x = np.zeros((6, int(5 * rate_hz)), np.float32)
    x[0, 5:] = 1000.0
    # A step alone would be flat, and flat samples are bad.
    x[0, 5:] += np.arange(x.shape[1] - 5) % 2 * 1e-3
    out = conditioner.push(0, x, np.ones(x.shape, bool)).samples[0]
    settled = int(conditioner.settle_s * 128) + 2
    assert conditioner.settle_s <= 2.5
    assert np.abs(out[settled:]).max() < 2.0
    assert np.abs(out[settled // 2 : settled]).max() > 2.0


@pytest.mark.parametrize(("hz", "gone"), [(50.0, True), (60.0, True), (40.0, False)])
def test_s4_mains_is_notched_whichever_it_is(hz: float, gone: bool) -> None:
    """With "auto", 200 uV of 50 or 60 Hz leave less than 1 %; a rhythm of 40 Hz stays."""
    time_s = np.arange(512 * 8) / 512.0
    x = np.zeros((6, time_s.size), np.float32)
    x[0] = 200 * np.sin(2 * np.pi * hz * time_s)
    left = np.abs(everything(x, 512.0).samples[0, -256:]).max()
    assert left < 2.0 if gone else left > 150.0


def test_the_notch_can_be_chosen_or_off() -> None:
    """One frequency notches that one only; "off" notches none."""
    time_s = np.arange(512 * 8) / 512.0
    x = np.zeros((6, time_s.size), np.float32)
    x[0] = 200 * np.sin(2 * np.pi * 50 * time_s)
    left = {}
    for choice in (60.0, 50.0):
        left[choice] = np.abs(condition(x, 512.0, SHAFT, notch_hz=choice).samples[0, -256:]).max()
    assert np.abs(condition(x, 512.0, SHAFT, notch_hz="off").samples[0, -256:]).max() > 80
    assert left[50.0] < 2
    assert left[60.0] > 60
    assert Conditioner(SHAFT, 512.0, notch_hz="off").delays_ms["notch"] == 0.0


@pytest.mark.parametrize("rate_hz", [50.0, 99.9, 0.0, float("nan"), 1e6])
def test_a_rate_out_of_range_is_one_clear_error(rate_hz: float) -> None:
    """The error names the rate and the remedy."""
    with pytest.raises(RecordingError, match=r"sampling rate of .* Hz cannot be used: give one between 100 and"):
        Conditioner(SHAFT, rate_hz)


@pytest.mark.parametrize("band_hz", [(0.0, 50.0), (50.0, 1.0), (1.0, 64.0), (-1.0, 20.0)])
def test_a_band_that_does_not_fit_is_one_clear_error(band_hz: tuple[float, float]) -> None:
    """The error names the key and its limits."""
    with pytest.raises(ModelsError, match=r"bandpass_hz = \[.*\]: the edges must rise, from 0.1 to 57.6 Hz"):
        Conditioner(SHAFT, 512.0, bandpass_hz=band_hz)


@pytest.mark.parametrize("scale", [0.0, -1.0, float("nan"), float("inf")])
def test_a_scale_that_is_no_unit_is_one_clear_error(scale: float) -> None:
    """The error names the scale."""
    with pytest.raises(ModelsError, match="scale_to_uv"):
        Conditioner(SHAFT, 512.0, scale_to_uv=scale)
