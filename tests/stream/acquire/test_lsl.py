"""What strangers declare of their streams, before anything is asked of them."""

import pylsl
import pytest

from stream.acquire.identity import MOST_CHANNELS
from stream.acquire.lsl import LslInlet, _listed, _with_channels
from stream.errors import InputError


@pytest.mark.parametrize("channels", [MOST_CHANNELS + 1, 2**31 - 1])
def test_more_channels_than_can_be_take_no_memory(channels: int) -> None:
    """The stream is listed by its name and not opened; others are listed as they are."""
    info = pylsl.StreamInfo("stranger", "EEG", channels, 256.0)
    assert (_listed(info).name, _listed(info).labels) == ("stranger", ())
    with pytest.raises(InputError, match=r'"stranger" .* declares no channel, or more than 4096'):
        LslInlet(info)
    assert len(_listed(pylsl.StreamInfo("amp", "EEG", MOST_CHANNELS, 256.0)).labels) == MOST_CHANNELS


@pytest.mark.parametrize("rate_hz", [100_001.0, 1e9, 1e300, float("inf"), float("nan")])
def test_a_rate_that_no_eeg_has_takes_no_memory(rate_hz: float) -> None:
    """A second of it, and six minutes in LSL's buffer, would be more than the host has."""
    with pytest.raises(InputError, match=r'"stranger" .* declares more than 100000 Hz; declare the rate'):
        LslInlet(pylsl.StreamInfo("stranger", "EEG", 19, rate_hz))


@pytest.mark.parametrize("factor", ["0.0488", "0,0488"])
@pytest.mark.parametrize(("sample_format", "unit"), [("int16", "0.0488 microvolts"), ("float32", "microvolts")])
def test_a_factor_beside_a_channel_says_what_a_count_is(sample_format: str, unit: str, factor: str) -> None:
    """Of whole numbers; those of float32 are in the unit already. A channel without a factor keeps its unit."""
    info = pylsl.StreamInfo("BrainAmpSeries-1", "EEG", 2, 5000.0, sample_format, "amp")
    info.set_channel_labels(["Fp1", "F7"])
    info.set_channel_units("microvolts")
    info.desc().child("channels").child("channel").append_child_value("scaling_factor", factor)
    assert _with_channels(info, _listed(info)).units == (unit, "microvolts")
