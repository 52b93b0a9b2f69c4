"""Mains beside the EEG: which are large enough to be told, on how many channels, and for how long."""

from dataclasses import replace

import numpy as np
import pytest

from stream.acquire.mains import Mains
from stream.records import Samples, Source

RATE_HZ = 256.0
SOURCE = Source(
    "amp", "EEG", "id", "host", "uid", RATE_HZ, "float32", ("Fp1", "C3", "O1", "ECG"), ("uV",) * 4,
    ("EEG", "EEG", "EEG", "ECG"),
)  # fmt: skip


def signal(seconds: float, mains_uv: tuple[float, ...], mains_hz: float = 50.0, rate_hz: float = RATE_HZ) -> Samples:
    """Make channels with a rhythm of 10 Hz, 20 uV, on a drifting offset, and mains of these amplitudes."""
    t = np.arange(round(seconds * rate_hz)) / rate_hz
    eeg = 5000.0 + 3.0 * t + 20.0 * np.sin(2 * np.pi * 10.0 * t)
    return np.stack([eeg + uv * np.sin(2 * np.pi * mains_hz * t) for uv in mains_uv]).astype(np.float32)


def told(samples: Samples, chunk: int = 64, source: Source = SOURCE) -> str:
    """Return the alarm after all of these samples, in chunks."""
    mains = Mains()
    for first in range(0, samples.shape[1], chunk):
        mains.observe(samples[:, first : first + chunk], source)
    return mains.alarm


@pytest.mark.parametrize("chunk", [1, 7, 64, 1000])
@pytest.mark.parametrize("mains_hz", [50.0, 60.0])
def test_s4_large_mains_are_told_whatever_the_chunks(mains_hz: float, chunk: int) -> None:
    """200 uV on two of three electrodes, as where a ground is off; the heart's channel does not count."""
    # The third look is at seconds 10 to 11, and ends with the first chunk that fills it.
    alarm = told(signal(30.0, (200.0, 200.0, 5.0, 0.0), mains_hz), chunk)
    assert alarm == f"{mains_hz:g} Hz are more than 3 times as large as the EEG on 2 of 3 channels"


@pytest.mark.parametrize("mains_uv", [(59.0, 59.0, 59.0, 500.0), (200.0, 0.0, 0.0, 0.0)])
def test_s4_usual_mains_are_no_alarm(mains_uv: tuple[float, ...]) -> None:
    """Less than three times the EEG of 20 uV, or on one electrode of three."""
    assert told(signal(30.0, mains_uv)) == ""


def test_s4_just_above_three_times_is_told() -> None:
    """The same measure on either side of the limit."""
    assert told(signal(30.0, (61.0, 61.0, 61.0, 0.0)))


def test_s4_a_plug_that_is_pulled_is_no_alarm_and_one_that_is_in_again_ends_it() -> None:
    """Told from the third look on, 10 s after the first; over with the first look without."""
    mains, large, quiet = Mains(), signal(1.0, (200.0,) * 4), signal(1.0, (0.0,) * 4)
    alarms = []
    for second in range(26):
        mains.observe(large if second < 16 else quiet, SOURCE)
        alarms.append(bool(mains.alarm))
    assert alarms == [10 <= second < 20 for second in range(26)]


def test_s4_flat_channels_and_no_numbers_count_for_nothing() -> None:
    """An electrode that sends nothing is another alarm's matter."""
    samples = signal(30.0, (200.0, 200.0, 200.0, 0.0))
    samples[1] = 0.0
    samples[2] = np.nan
    assert told(samples) == "50 Hz are more than 3 times as large as the EEG on 1 of 1 channels"
    assert told(np.zeros((4, 7680), np.float32)) == ""


def test_s4_another_stream_begins_anew() -> None:
    """Its channels may be others, in the middle of a look."""
    mains = Mains()
    mains.observe(signal(0.5, (200.0,) * 4), SOURCE)
    other = replace(SOURCE, labels=("A1", "A2"), units=("uV", "uV"), types=("", ""))
    for _ in range(12):
        mains.observe(signal(1.0, (200.0, 200.0)), other)
    assert mains.alarm == "50 Hz are more than 3 times as large as the EEG on 2 of 2 channels"


def test_s4_a_rate_that_cannot_show_mains_tells_none() -> None:
    """At 100 Hz, 50 Hz lie at the edge and are folded upon themselves."""
    source = replace(SOURCE, rate_hz=100.0)
    assert told(signal(30.0, (200.0,) * 4, 50.0, 100.0), source=source) == ""
