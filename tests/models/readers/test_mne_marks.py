"""Breaks that EEGLAB and MNE mark with an annotation."""

from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import scipy.io

from models.readers import mne_marks, vendor
from models.readers.contract import Opened
from models.readers.joints import Joint
from models.readers.stretches import Stretch
from tests.models.readers.test_vendor import LABELS, MICROVOLTS, RATE_HZ, eeglab


def cut_out(folder: Path, samples: float) -> Opened:
    """Open a recording of which so many samples were cut out behind the 600th."""
    path = eeglab(folder)
    eeg = scipy.io.loadmat(path)["EEG"][0, 0]
    marks = [("boundary", 600.5, samples), ("late", 701.0, 0.0)]
    events = np.array(marks, dtype=[("type", object), ("latency", object), ("duration", object)])
    scipy.io.savemat(path, {"EEG": {**{name: eeg[name] for name in eeg.dtype.names}, "event": events}})
    return vendor.open_file(path)


@pytest.mark.filterwarnings("ignore:Limited 1 annotation")
def test_what_was_cut_out_in_eeglab_is_a_gap(tmp_path: Path) -> None:
    """Of its whole length, though the recording ends before it would."""
    pytest.importorskip("mne", reason="MNE-Python is not installed (extra `files`)")
    opened = cut_out(tmp_path, 2000.0)
    assert (opened.head.gaps, opened.length, opened.head.remarks) == (((600, 2600),), 3000, ())
    assert [note.onset_s for note in opened.head.annotations if note.text == "late"] == [13.5]


def test_recordings_that_were_joined_in_eeglab_are_apart(tmp_path: Path) -> None:
    """How far, no one says."""
    pytest.importorskip("mne", reason="MNE-Python is not installed (extra `files`)")
    opened = cut_out(tmp_path, np.nan)
    assert opened.head.gaps == ((600, 601),)
    assert opened.head.remarks[0].startswith("was interrupted for an unknown time at 3.0 s")


def test_recordings_that_were_joined_in_mne_are_apart(tmp_path: Path) -> None:
    """As are those of EEGLAB."""
    mne = pytest.importorskip("mne", reason="MNE-Python is not installed (extra `files`)")
    info = mne.create_info(list(LABELS), RATE_HZ, "eeg")
    parts = [mne.io.RawArray(1e-6 * MICROVOLTS[:, part], info, verbose="error") for part in (np.s_[:600], np.s_[600:])]
    mne.concatenate_raws(parts, verbose="error").save(tmp_path / "a_raw.fif", verbose="error")
    opened = vendor.open_file(tmp_path / "a_raw.fif")
    assert (opened.head.gaps, opened.length) == (((600, 601),), 1001)
    assert [(at, samples.shape[1]) for at, samples in opened.pieces(0)] == [(0, 600), (601, 400)]


@pytest.mark.parametrize(("has_date", "first_s"), [(True, 5.0), (False, 0.0)])
def test_marks_count_from_the_first_sample(has_date: bool, first_s: float) -> None:
    """Where a file has a date MNE counts from when the recorder was started, which may be before it."""
    marks = SimpleNamespace(
        onset=[first_s + 1.0, first_s + 1.0, first_s + 4.0, first_s + 6.0],
        duration=[2.0, 2.0, 0.0, 0.5],
        description=["BAD_ACQ_SKIP", "BAD_ACQ_SKIP", "EDGE boundary", "spike "],
        orig_time=object() if has_date else None,
    )
    raw = SimpleNamespace(info={"sfreq": 10.0}, first_time=5.0, annotations=marks)
    assert mne_marks.skipped(raw) == [(10, 30)]
    assert mne_marks.breaks(Path("a.fif"), raw) == [Joint(40, None)]
    stretches = [Stretch(0, 0, 40), Stretch(60, 40, 60)]
    assert [(note.onset_s, note.text) for note in mne_marks.annotations(raw, stretches)] == [
        (6.0, "EDGE boundary"),
        (8.0, "spike"),
    ]
