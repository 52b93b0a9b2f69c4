"""Annotations for MNE-Python: their text, and, where it is installed, what it reads and which epochs it leaves."""

from pathlib import Path

import numpy as np
import pytest

from stream.cli.exports import mne_text
from tests.stream.cli.exports.example import example


def test_the_mask_marks_events_as_bad_and_the_other_file_does_not(tmp_path: Path) -> None:
    """What was not analysed is BAD in both; a comma of a name becomes no column."""
    everything, mask = mne_text.write(example(), tmp_path)
    lines = everything.read_text(encoding="utf-8").splitlines()
    assert lines == [
        "# MNE-Annotations",
        "# Spikewatch (research software, not a medical device)",
        "# orig_time : 2026-03-01 22:30:00.000000",
        "# onset, duration, description",
        "0.000000, 1.500000, BAD_rejected: start",
        "0.000000, 60.000000, Sleep stage N1",
        "9.950000, 0.120000, ied F7-T3 (left; temporal) p=0.938",
        "60.000000, 240.000000, Sleep stage N2",
        "299.950000, 0.120000, ied F7-T3 (left; temporal) p=0.938",
        "400.000000, 12.250000, BAD_missing: no samples",
    ]
    assert mask.read_text(encoding="utf-8").splitlines() == [line.replace(" ied ", " BAD_ied ") for line in lines]


def test_epochs_cut_with_the_mask_hold_no_discharge(tmp_path: Path) -> None:
    """Of 60 epochs of 10 s, MNE-Python drops those that an event, the start or the gap touches."""
    mne = pytest.importorskip("mne", reason="MNE-Python is not installed")
    _, mask = mne_text.write(example(), tmp_path)
    raw = mne.io.RawArray(np.zeros((1, 6000)), mne.create_info(1, 10.0, "eeg"), verbose=False)
    raw.set_meas_date(example().began)
    raw.set_annotations(mne.read_annotations(mask))
    epochs = mne.make_fixed_length_epochs(raw, 10.0, preload=True, verbose=False)
    epochs.drop_bad(verbose=False)
    # Each discharge lies across the edge of two epochs.
    assert [k for k, why in enumerate(epochs.drop_log) if why] == [0, 1, 29, 30, 40, 41]
