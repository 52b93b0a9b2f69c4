"""XDF: the one stream of electrodes, with holes where it paused."""

from pathlib import Path

import numpy as np
import pytest

from models.errors import RecordingError
from models.readers import xdf
from models.readers.recording import read
from tests.models.readers.test_recording import DATA, needs_data
from tests.models.readers.written import NOISE, write_streams, write_xdf, xdf_stream


def test_xdf_gives_its_eeg_stream(tmp_path: Path) -> None:
    """Labels and units from the description, the start in UTC."""
    recording = read(write_xdf(tmp_path / "a.xdf"))
    np.testing.assert_array_equal(recording.samples, NOISE)
    assert (recording.rate_hz, recording.labels) == (250.0, ("LA1", "LA2", "LA3"))
    assert recording.units == ("microvolts",) * 3
    assert recording.start_utc == "2026-01-02T02:04:05+00:00"


def test_a_pause_in_xdf_is_a_hole_of_its_length(tmp_path: Path) -> None:
    """Samples after a pause of 3 s stand 3 s later; the hole is NaN."""
    recording = read(write_xdf(tmp_path / "a.xdf", pause_s=3.0))
    np.testing.assert_array_equal(recording.samples[:, :500], NOISE[:, :500])
    assert np.isnan(recording.samples[:, 500:1250]).all()
    np.testing.assert_array_equal(recording.samples[:, 1250:], NOISE[:, 500:])


def test_xdf_without_eeg_names_what_it_holds(tmp_path: Path) -> None:
    """The error tells how many there are, and their names."""
    with pytest.raises(RecordingError, match=r"a.xdf: holds 0 EEG streams \(among amp1\); export exactly one"):
        read(write_xdf(tmp_path / "a.xdf", kind="Markers"))


@pytest.mark.parametrize("kind", ["ECG", "EEG"])
def test_xdf_keeps_the_stream_with_electrodes(tmp_path: Path, kind: str) -> None:
    """A faster stream of ECG, which some senders type as EEG as well, is left out by name."""
    ecg = xdf_stream(1, kind, ["ECG I", "ECG II"], 1000)
    recording = read(write_streams(tmp_path / "a.xdf", ecg, xdf_stream(2, "EEG", ["LA1", "LA2", "LA3"], 250)))
    np.testing.assert_array_equal(recording.samples, NOISE)
    assert (recording.rate_hz, recording.labels) == (250.0, ("LA1", "LA2", "LA3"))
    reason = "of type ECG, not EEG" if kind == "ECG" else "none of its channels is EEG"
    assert recording.left_out == {"stream amp1": reason}


def test_xdf_with_two_streams_of_electrodes_is_refused(tmp_path: Path) -> None:
    """Which one is meant is the user's to say."""
    streams = [xdf_stream(number, "EEG", ["LA1", "LA2", "LA3"], 250) for number in (1, 2)]
    with pytest.raises(RecordingError, match=r"holds 2 EEG streams \(among amp1, amp2\); export exactly one"):
        read(write_streams(tmp_path / "a.xdf", *streams))


def test_markers_are_no_signal_that_is_left_out(tmp_path: Path) -> None:
    """A stream without a rate is not named among what was left out; the header's start is kept."""
    path = write_streams(tmp_path / "a.xdf", xdf_stream(1, "EEG", ["LA1"], 250))
    streams, header = xdf.load(path)
    # By hand: what pyxdf returns of a stream of key presses.
    markers = {"info": {"name": ["keys"], "type": ["Markers"], "nominal_srate": ["0"]}}
    assert xdf.eeg_stream([*streams, markers]) == (streams[0], {})
    assert xdf.start_utc(header) == "2026-01-02T02:04:05+00:00"


@needs_data
def test_real_xdf_is_read() -> None:
    """Eight channels that the file does not describe are numbered."""
    recording = read(DATA / "xdf/test.xdf")
    assert (recording.samples.shape, recording.rate_hz) == ((8, 9520), 1000.0)
    assert recording.labels[0] == "CH1"
