"""Persyst's sample times: where one says that time passed, there is a gap."""

from pathlib import Path

import numpy as np
import pytest

from models.errors import RecordingError
from models.readers import persyst
from models.readers.joints import Joint
from models.readers.recording import open_recording, read
from tests.models.readers.test_vendor import LAY, MICROVOLTS
from tests.models.readers.test_vendor import persyst as written

RATE_HZ = 200.0


def with_times(folder: Path, *times: str) -> Path:
    """Write a recording with these times of its parts, and a comment behind the second."""
    path = written(folder)
    lines = "".join(f"{line}\n" for line in times)
    path.write_text(f"{LAY}[SampleTimes]\n{lines}[Comments]\n3.5,0.0,0,100,late\n", encoding="utf-8")
    return path


def test_a_part_that_was_recorded_later_is_behind_a_gap(tmp_path: Path) -> None:
    """Of what its time is later than its samples; comments count samples, and move with them."""
    pytest.importorskip("mne", reason="MNE-Python is not installed (extra `files`)")
    path = with_times(tmp_path, "0=11045.0", "600=11058.0")
    opened = open_recording(path)
    assert (opened.head.gaps, opened.length, opened.head.remarks) == (((600, 2600),), 3000, ())
    assert [(note.text, note.onset_s) for note in opened.head.annotations] == [("late", 13.5)]
    np.testing.assert_allclose(read(path).samples[:, 2600:], MICROVOLTS[:, 600:], rtol=1e-4)


@pytest.mark.parametrize(
    ("times", "expected"),
    [
        (["0=11045.0"], []),
        (["0=11045", "600=11049"], []),
        (["0=11045.25", "600=11048.75"], [Joint(600, 0.5)]),
        (["0=86398.0", "600=1.0"], []),
        (["0=86398.0", "600=11.0"], [Joint(600, 10.0)]),
        (["0=11045.5", "600=11040.0"], [Joint(600, None)]),
    ],
)
def test_breaks_are_where_the_clock_went_on(tmp_path: Path, times: list[str], expected: list[Joint]) -> None:
    """Whole seconds are rounded, days end, and clocks are set."""
    assert persyst.breaks(with_times(tmp_path, *times), RATE_HZ) == expected


@pytest.mark.parametrize("encoding", ["utf-8", "latin-1"])
def test_a_comment_in_any_letters_costs_no_eeg(tmp_path: Path, encoding: str) -> None:
    """And stays one; what states no time is left out, and told."""
    pytest.importorskip("mne", reason="MNE-Python is not installed (extra `files`)")
    path = written(tmp_path)
    path.write_bytes(f"{LAY}[Comments]\n3.5,0.0,0,100,Böse, Öffnung\nlate\n".encode(encoding))
    recording = read(path)
    np.testing.assert_allclose(recording.samples, MICROVOLTS, rtol=1e-4)
    assert [note.text for note in recording.annotations] == ["Böse, Öffnung"]
    assert recording.remarks == ("1 of its comments state no time, and are left out",)


def test_a_layout_without_a_scale_is_one_line(tmp_path: Path) -> None:
    """It names the remedy."""
    path = written(tmp_path)
    path.write_text(LAY.replace("Calibration=0.1", "Calibration=0.0"), encoding="utf-8")
    with pytest.raises(RecordingError, match=r"a.lay: states a calibration of 0, .*; export it with one"):
        read(path)


@pytest.mark.parametrize(
    ("lines", "remark"),
    [
        ("[Archive]\nDataFileSize=8000\n", "its header counts 1000 samples, 500 are there, its end is missing"),
        ("", "holds 3 bytes behind its last whole sample"),
        ("[SampleTimes]\n0=10.0\n800=14.0\n", "holds 3 bytes behind its last whole sample"),
    ],
)
def test_a_copy_that_broke_off_is_told(tmp_path: Path, lines: str, remark: str) -> None:
    """By the size that an archive states, or by an incomplete sample."""
    path = written(tmp_path)
    path.write_text(LAY + lines, encoding="utf-8")
    (tmp_path / "a.dat").write_bytes((tmp_path / "a.dat").read_bytes()[: 4 * 2 * 500 + 3])
    [found] = persyst.odd_length(path)
    assert found.startswith(remark)


def test_a_part_behind_the_last_sample_is_told(tmp_path: Path) -> None:
    """The layout of a clip keeps the times of the whole."""
    pytest.importorskip("mne", reason="MNE-Python is not installed (extra `files`)")
    assert read(with_times(tmp_path, "0=11045.0", "2000=11058.0")).remarks == (persyst.NO_LAST_PART,)
    assert persyst.odd_length(with_times(tmp_path, "0=11045.0", "600=11058.0")) == ()
