"""What is called otherwise than it is, or is no recording at all: read for what it is, or refused by what it is."""

import gzip
from pathlib import Path

import numpy as np
import pytest

from models.errors import RecordingError
from models.readers.recording import read
from tests.models.readers.written import NOISE, write_edf, write_mat, write_xdf


@pytest.mark.parametrize("name", ["a.xdf", "a.npz", "a.mat", "a.eeg"])
def test_an_edf_by_another_formats_name_is_read_and_told(tmp_path: Path, name: str) -> None:
    """A wrong ending costs no recording."""
    recording = read(write_edf(tmp_path / "a.edf").rename(tmp_path / name))
    np.testing.assert_allclose(recording.samples, NOISE[:2], atol=2e-4)
    assert recording.remarks == (f'is called "{Path(name).suffix}" and begins as EDF does: read as that',)


@pytest.mark.parametrize("name", ["a.rec", "a.REC", "a", "night.1"])
def test_an_edf_without_an_ending_of_its_own_is_read(tmp_path: Path, name: str) -> None:
    """Polygraphs call theirs ".rec"; nothing contradicts that."""
    recording = read(write_edf(tmp_path / "a.edf").rename(tmp_path / name))
    assert recording.samples.shape == (2, 1000)
    assert not any("begins as" in remark for remark in recording.remarks)


def test_xdf_and_mat_are_known_by_their_beginning(tmp_path: Path) -> None:
    """Not EEGLAB's .set, which is a MATLAB file and has a reader of its own."""
    assert read(write_xdf(tmp_path / "a.xdf").rename(tmp_path / "x.edf")).rate_hz > 0
    assert read(write_mat(tmp_path / "a.mat").rename(tmp_path / "m.bdf")).samples.shape == (3, 1000)


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("a.edf.gz", gzip.compress(b"x", mtime=0), "is packed with gzip; unpack it"),
        ("a.edf", gzip.compress(b"x", mtime=0), "is packed with gzip; unpack it"),
        ("a.edf", b"PK\x03\x04rest", "is a zip archive; unpack it"),
        ("a.zip", b"PK\x03\x04rest", "is a zip archive; unpack it"),
        ("a.bdf", b"<!DOCTYPE html><html>", "is a web page, .*; download the recording itself"),
        ("a.edf", b"\x89HDF\r\n\x1a\n", "is an HDF5 file"),
        ("a.nwb", b"\x89HDF\r\n\x1a\n", "is an HDF5 file; export it as EDF"),
        ("a.gdf", b"GDF 2.20", "is a GDF file; export it as EDF"),
        ("a.trc", b"* MICROMED  Brain-Quick", "is a Micromed file; export it as EDF"),
        ("a.edf", b"%PDF-1.7", "is a PDF document"),
        ("a.edf", b"version https://git-lfs.github.com/spec/v1\n", "is a pointer of Git LFS .*git lfs pull"),
        ("a.edf", b"\0" * 9000, "holds zeros where its header should be"),
    ],
)
def test_what_is_no_recording_is_named(tmp_path: Path, name: str, content: bytes, said: str) -> None:
    """With what to do; "its header is damaged" would have it exported again."""
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(RecordingError, match=rf"{name}: {said}"):
        read(path)
