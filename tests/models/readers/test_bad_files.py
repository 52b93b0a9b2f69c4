"""Files that are cut off, damaged, too large or no recordings: each is one clear line, and none ends the process."""

import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from models.errors import RecordingError
from models.readers import contract
from models.readers import recording as recordings
from models.readers.recording import Recording, read
from tests.models.readers.written import NOISE, WRITERS, write_edf, write_mat, write_npz

DATA_TYPE_AT = 128 + 8 + 16 + 16 + 8
"""Where a MATLAB file states its first variable's type: after header, tag, flags, dimensions and a short name."""


def test_mat_whose_bytes_would_crash_the_reader_is_one_clear_line(tmp_path: Path) -> None:
    """An element type beyond scipy's table ends the process that reads it, not this one."""
    path = write_mat(tmp_path / "a.mat")
    content = bytearray(path.read_bytes())
    # Of an unknown type the reader takes a function from behind the end of its table.
    struct.pack_into("<I", content, DATA_TYPE_AT, 0xFFF0)
    path.write_bytes(content)
    with pytest.raises(RecordingError, match=r"a.mat: cannot be read as .mat \("):
        read(path)


def test_a_mat_of_version_7_3_says_how_to_save_it(tmp_path: Path) -> None:
    """The header tells."""
    header = b"MATLAB 7.3 MAT-file".ljust(116) + b"\0" * 8 + struct.pack("<H", 0x0200) + b"IM"
    (tmp_path / "a.mat").write_bytes(header + b"\0" * 512)
    with pytest.raises(RecordingError, match=r"is a MATLAB 7.3 file; save it with -v7"):
        read(tmp_path / "a.mat")


REMARKS = {".edf": "its end is missing", ".bdf": "its end is missing", ".xdf": "cut off"}


@pytest.mark.parametrize("name", WRITERS)
@pytest.mark.parametrize("part", [0.0, 0.001, 0.3, 0.9, 0.999])
def test_a_file_cut_off_is_one_clear_line(tmp_path: Path, name: str, part: float) -> None:
    """Wherever it was cut: a remark where whole records or chunks can be read, else an error that names the file."""
    path = WRITERS[name](tmp_path / name)
    whole = path.read_bytes()
    path.write_bytes(whole[: int(part * len(whole))])
    if path.suffix in REMARKS and part > 0.5:
        assert any(REMARKS[path.suffix] in remark for remark in read(path).remarks)
        return
    with pytest.raises(RecordingError) as raised:
        read(path)
    assert str(path) in str(raised.value)
    assert "\n" not in str(raised.value)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    name=st.sampled_from(sorted(WRITERS)),
    places=st.lists(
        st.tuples(st.floats(0, 1, exclude_max=True), st.binary(min_size=1, max_size=8)), min_size=1, max_size=8
    ),
    in_header=st.booleans(),
)
def test_damaged_bytes_are_read_or_refused_but_never_crash(
    tmp_path: Path, name: str, places: list[tuple[float, bytes]], in_header: bool
) -> None:
    """Bytes overwritten anywhere, or in the first kilobyte: a recording or a `RecordingError`, nothing else."""
    path = WRITERS[name](tmp_path / name)
    content = bytearray(path.read_bytes())
    # Headers are small: bytes drawn from the whole file would rarely meet them.
    reach = min(1024, len(content)) if in_header else len(content)
    for place, bytes_ in places:
        at = int(place * reach)
        content[at : at + len(bytes_)] = bytes_[: len(content) - at]
    path.write_bytes(content)
    outcome = read_or_message(path)
    if isinstance(outcome, Recording):
        assert len(outcome.labels) == len(outcome.samples) > 0
    else:
        assert str(path) in outcome
        assert "\n" not in outcome


def read_or_message(path: Path) -> Recording | str:
    """Return the recording, or the one error that there may be."""
    try:
        return read(path)
    except RecordingError as error:
        return str(error)


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.txt", b"x", "of no known kind; give one of .edf, .bdf, .xdf, .npz, .mat"),
        ("a", b"x", "of no known kind"),
        ("a.edf", b"", "is empty; copy or export it again"),
        ("a.edf", b"0" * 5000, "its header is damaged"),
        ("a.mat", b"0" * 5000, "cannot be read as .mat"),
        ("a.xdf", b"XDF:", "holds no stream of numbers"),
    ],
)
def test_a_file_that_is_no_recording_is_one_clear_line(tmp_path: Path, name: str, content: bytes, message: str) -> None:
    """The error names the file and the remedy."""
    (tmp_path / name).write_bytes(content)
    with pytest.raises(RecordingError, match=message):
        read(tmp_path / name)


def test_a_file_that_is_not_there_is_one_clear_line(tmp_path: Path) -> None:
    """The error names the path; a folder is no file."""
    with pytest.raises(RecordingError, match=r"gone.edf: there is no such file"):
        read(tmp_path / "gone.edf")
    (tmp_path / "folder.edf").mkdir()
    with pytest.raises(RecordingError, match=r"folder.edf: is a folder, and of no kind that is read"):
        read(tmp_path / "folder.edf")
    for impossible in ("x" * 300 + ".edf", "x\0.edf"):
        with pytest.raises(RecordingError, match="there is no such file"):
            read(impossible)


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        ({"y": NOISE}, "has no `x` or `samples`"),
        ({"x": NOISE, "fs": 250.0, "labels": ["LA1"]}, "has 1 labels for 3 channels"),
        ({"x": NOISE[0], "fs": 250.0, "labels": ["LA1"]}, "holds no samples as"),
        ({"x": NOISE, "fs": 0.0, "labels": ["LA1", "LA2", "LA3"]}, "states a sampling rate of 0 Hz"),
        ({"x": NOISE, "fs": np.nan, "labels": ["LA1", "LA2", "LA3"]}, "states a sampling rate of nan Hz"),
        ({"x": NOISE[:, :0], "fs": 250.0, "labels": ["LA1", "LA2", "LA3"]}, "holds no samples"),
        ({"x": np.array([None]), "fs": 250.0, "labels": ["LA1"]}, "holds Python objects"),
    ],
)
def test_an_npz_that_lacks_something_is_one_clear_line(tmp_path: Path, arrays: dict[str, Any], message: str) -> None:
    """The error names what is missing; a pickle is never opened."""
    np.savez(tmp_path / "a.npz", **arrays)
    with pytest.raises(RecordingError, match=message):
        read(tmp_path / "a.npz")


def test_a_file_too_large_to_be_read_at_once_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Before it takes the memory; EDF is read in pieces whatever its size."""
    monkeypatch.setattr(recordings, "AT_ONCE_BYTES", 100)
    with pytest.raises(RecordingError, match=r"a.npz: 0 MB, and .npz is read at once, up to 0.0001 MB; export"):
        read(write_npz(tmp_path / "a.npz"))
    assert read(write_edf(tmp_path / "a.edf")).rate_hz == 250.0
    monkeypatch.setattr(contract, "MOST_BYTES", 1000)
    with pytest.raises(RecordingError, match="GB of samples, read at once up to 1e-06 GB; split the recording"):
        read(tmp_path / "a.edf")
