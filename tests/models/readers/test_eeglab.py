"""An event of EEGLAB that refuses the EEG is named, with what to do."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import scipy.io

from models.errors import RecordingError
from models.readers import eeglab
from models.readers.recording import read
from tests.models.readers.test_vendor import eeglab as written


def with_event(folder: Path, latency: Any) -> Path:  # noqa: ANN401
    """Write a recording with two events, the second at this place."""
    path = written(folder)
    eeg = scipy.io.loadmat(path)["EEG"][0, 0]
    events = np.array([("a", 5.0), ("b", latency)], dtype=[("type", object), ("latency", object)])
    scipy.io.savemat(path, {"EEG": {name: eeg[name] for name in eeg.dtype.names} | {"event": events}})
    return path


def test_an_event_whose_place_is_text_is_named(tmp_path: Path) -> None:
    """By its number: its own text may be a name."""
    pytest.importorskip("mne", reason="MNE-Python is not installed (extra `files`)")
    path = with_event(tmp_path, "abc")
    with pytest.raises(RecordingError, match=r'a.set: its event 2 states the place "abc", which is no number; mend'):
        read(path)


def test_what_is_wrong_otherwise_is_not_explained(tmp_path: Path) -> None:
    """Sound events, and no file of MATLAB at all."""
    assert eeglab.why_refused(with_event(tmp_path, 7.0)) == ""
    (tmp_path / "b.set").write_bytes(b"something" * 100)
    assert eeglab.why_refused(tmp_path / "b.set") == ""


def test_epochs_are_no_recording(tmp_path: Path) -> None:
    """What to do stands behind."""
    pytest.importorskip("mne", reason="MNE-Python is not installed (extra `files`)")
    path = written(tmp_path)
    eeg = scipy.io.loadmat(path)["EEG"][0, 0]
    cut = {"data": np.zeros((4, 100, 10), np.float32), "trials": 10, "pnts": 100}
    scipy.io.savemat(path, {"EEG": {name: eeg[name] for name in eeg.dtype.names} | cut})
    with pytest.raises(RecordingError, match=r"a.set: holds 10 epochs and no recording; save the continuous data"):
        read(path)
