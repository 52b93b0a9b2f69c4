"""Files of amplifiers through MNE-Python: our samples are its samples, and where it is missing one line says so."""

import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import scipy.io

from models.datasets import edf
from models.datasets.annotations import Labelled
from models.errors import RecordingError
from models.readers import vendor
from models.readers.recording import open_recording, read

LABELS = ("Fp1", "F7", "T3", "ECG")
RATE_HZ = 200.0
MICROVOLTS = np.rint(np.random.default_rng(5).normal(scale=300, size=(len(LABELS), 1000)))

VHDR = """Brain Vision Data Exchange Header File Version 1.0
[Common Infos]
DataFile=a.eeg
MarkerFile=a.vmrk
DataFormat=BINARY
DataOrientation=MULTIPLEXED
NumberOfChannels=4
SamplingInterval=5000
[Binary Infos]
BinaryFormat=INT_16
[Channel Infos]
Ch1=Fp1,,0.1,µV
Ch2=F7,,0.1,µV
Ch3=T3,,0.1,µV
Ch4=ECG,,0.1,µV
"""
VMRK = """Brain Vision Data Exchange Marker File, Version 1.0
[Common Infos]
DataFile=a.eeg
[Marker Infos]
Mk1=New Segment,,1,1,0,20260102030405000000
Mk2=Comment,spike,401,1,0
"""
LAY = """[FileInfo]
File=a.dat
FileType=Interleaved
SamplingRate=200
HeaderLength=0
Calibration=0.1
WaveformCount=4
DataType=0
[ChannelMap]
Fp1-Ref=1
F7-Ref=2
T3-Ref=3
ECG-Ref=4
[Patient]
First=X
Last=X
Sex=
Hand=
BirthDate=1/1/1990
TestDate=1/2/2026
TestTime=03:04:05
"""


def interleaved() -> bytes:
    """Return steps of 0.1 microvolts, sample after sample."""
    return np.ascontiguousarray(MICROVOLTS.T * 10).astype("<i2").tobytes()


def brainvision(folder: Path) -> Path:
    """Write header, markers and data."""
    (folder / "a.vhdr").write_text(VHDR, encoding="utf-8")
    (folder / "a.vmrk").write_text(VMRK, encoding="utf-8")
    (folder / "a.eeg").write_bytes(interleaved())
    return folder / "a.vhdr"


def eeglab(folder: Path) -> Path:
    """Write a structure of MATLAB."""
    channels = np.array([(label,) for label in LABELS], dtype=[("labels", object)])
    eeg = {
        "data": MICROVOLTS.astype(np.float32), "srate": RATE_HZ, "nbchan": 4, "pnts": 1000, "trials": 1, "xmin": 0.0,
        "chanlocs": channels, "epoch": [], "event": [], "setname": "a", "icawinv": [], "icasphere": [],
        "icaweights": [],
    }  # fmt: skip
    scipy.io.savemat(folder / "a.set", {"EEG": eeg})
    return folder / "a.set"


def eeglab_in_two(folder: Path) -> Path:
    """Write EEGLAB's structure, and its samples in a file of their own."""
    path = eeglab(folder)
    eeg = scipy.io.loadmat(path, struct_as_record=True)["EEG"][0, 0]
    scipy.io.savemat(path, {"EEG": {**{name: eeg[name] for name in eeg.dtype.names}, "data": "a.fdt"}})
    (folder / "a.fdt").write_bytes(MICROVOLTS.T.astype("<f4").tobytes())
    return path


def persyst(folder: Path) -> Path:
    """Write a layout and its data."""
    (folder / "a.lay").write_text(LAY, encoding="utf-8")
    (folder / "a.dat").write_bytes(interleaved())
    return folder / "a.lay"


def fif(folder: Path) -> Path:
    """Write MNE's own format, of two kinds of channels, with a remark and a skip in it."""
    mne = pytest.importorskip("mne", reason="MNE-Python is not installed (extra `files`)")
    info = mne.create_info(list(LABELS), RATE_HZ, ["eeg", "eeg", "eeg", "ecg"])
    samples = 1e-6 * MICROVOLTS
    samples[:, 400:600] = 0
    raw = mne.io.RawArray(samples, info, verbose="error")
    raw.set_annotations(mne.Annotations([1.0, 2.0], [0.0, 1.0], ["spike", "BAD_ACQ_SKIP"]))
    raw.save(folder / "a_raw.fif", verbose="error", fmt="double")
    return folder / "a_raw.fif"


@pytest.mark.parametrize("write", [brainvision, eeglab, persyst, fif])
def test_samples_are_those_that_mne_has(tmp_path: Path, write: Callable[[Path], Path]) -> None:
    """At once and in pieces, in microvolts; labels and rate too."""
    mne = pytest.importorskip("mne", reason="MNE-Python is not installed (extra `files`)")
    path = write(tmp_path)
    raw = mne.io.read_raw(path, preload=True, verbose="error")
    expected = (1e6 * raw.get_data()).astype(np.float32)
    opened = open_recording(path, piece_bytes=3000)
    assert (opened.head.labels, opened.head.rate_hz, opened.length) == (tuple(raw.ch_names), RATE_HZ, 1000)
    assert set(opened.head.units) == {"uV"}
    gap = [(400, 600)] if write is fif else []
    assert list(opened.head.gaps) == gap
    pieces = list(opened.pieces(100))
    assert len(pieces) > 5
    for at, samples in pieces:
        np.testing.assert_array_equal(samples, expected[:, at : at + samples.shape[1]])
    assert sum(samples.shape[1] for _, samples in pieces) == 900 - sum(end - first for first, end in gap)
    np.testing.assert_array_equal(read(path).samples[:, :400], expected[:, :400])
    np.testing.assert_allclose(expected[:, :400], MICROVOLTS[:, :400], rtol=1e-4)


def test_marks_and_start_come_along(tmp_path: Path) -> None:
    """A remark is at its second, the start without a zone, which the format has not; a folder of such is a data set."""
    pytest.importorskip("mne", reason="MNE-Python is not installed (extra `files`)")
    recording = read(brainvision(tmp_path))
    assert recording.start_utc == "2026-01-02T03:04:05"
    assert [note.onset_s for note in recording.annotations if "spike" in note.text] == [2.0]
    (tmp_path / "a.csv").write_text("onset,duration,label\n2,0,spike F7\n", encoding="utf-8")
    [found] = edf.read(tmp_path)
    assert isinstance(found, Labelled)
    assert [(mark.onset_s, mark.derivation) for mark in found.marks if mark.label == "ied"] == [(2.0, "F7")]


def test_what_mne_warns_of_is_told(tmp_path: Path) -> None:
    """Not swallowed: markers that are not there, say."""
    pytest.importorskip("mne", reason="MNE-Python is not installed (extra `files`)")
    path = brainvision(tmp_path)
    (tmp_path / "a.vmrk").unlink()
    [remark] = read(path).remarks
    assert remark.startswith("its reader warns: MarkerFile 'a.vmrk' not found")


@pytest.mark.parametrize("kind", vendor.READERS)
def test_without_mne_one_line_says_how_to_get_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str) -> None:
    """It names the file, the extra, and what works without."""
    monkeypatch.setitem(sys.modules, "mne", None)
    path = tmp_path / f"a{kind}"
    path.write_bytes(b"something")
    with pytest.raises(RecordingError, match=rf'a{kind}: is read by MNE-Python, .* pip install "spikewatch\[files\]"'):
        read(path)


def test_the_data_of_a_header_name_it(tmp_path: Path) -> None:
    """Both have the ending of another maker's recordings."""
    brainvision(tmp_path)
    with pytest.raises(RecordingError, match=r"a.eeg: is BrainVision's data; name its header a.vhdr"):
        read(tmp_path / "a.eeg")


@pytest.mark.parametrize("kind", vendor.READERS)
def test_damaged_bytes_are_one_line(tmp_path: Path, kind: str) -> None:
    """Whatever MNE stumbles on."""
    pytest.importorskip("mne", reason="MNE-Python is not installed (extra `files`)")
    path = tmp_path / f"a{kind}"
    path.write_bytes(b"something" * 100)
    with pytest.raises(RecordingError) as raised:
        read(path)
    assert str(path) in str(raised.value)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize(("write", "samples"), [(eeglab_in_two, "a.fdt"), (fif, "a_raw.fif")])
def test_samples_that_are_missing_are_one_line(tmp_path: Path, write: Callable[[Path], Path], samples: str) -> None:
    """A copy that broke off shows only where its samples are read."""
    pytest.importorskip("mne", reason="MNE-Python is not installed (extra `files`)")
    path = write(tmp_path)
    assert np.isfinite(read(path).samples[:, :400]).all()
    content = (tmp_path / samples).read_bytes()
    (tmp_path / samples).write_bytes(content[: len(content) // 2])
    with pytest.raises(RecordingError, match=rf"{path.name}: cannot be read as {path.suffix} .*; copy or export it"):
        list(open_recording(path).pieces(0))


def test_the_numbers_of_a_file_without_a_unit_are_handed_on(tmp_path: Path) -> None:
    """EEGLAB's files state none: so whoever saved volts can set `bed.acquire.unit` to "V", and volts come."""
    pytest.importorskip("mne", reason="MNE-Python is not installed (extra `files`)")
    path = eeglab(tmp_path)
    eeg = scipy.io.loadmat(path)["EEG"][0, 0]
    volts = (1e-6 * MICROVOLTS).astype(np.float32)
    scipy.io.savemat(path, {"EEG": {name: eeg[name] for name in eeg.dtype.names} | {"data": volts}})
    np.testing.assert_allclose(read(path).samples, volts, rtol=1e-6)


@pytest.mark.parametrize("write", [brainvision, persyst])
def test_a_file_in_microvolts_is_in_microvolts(tmp_path: Path, write: Callable[[Path], Path]) -> None:
    """So that the unit that is stated, set by hand, changes nothing."""
    pytest.importorskip("mne", reason="MNE-Python is not installed (extra `files`)")
    np.testing.assert_allclose(read(write(tmp_path)).samples, MICROVOLTS, rtol=1e-4)
