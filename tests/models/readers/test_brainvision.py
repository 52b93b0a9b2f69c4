"""BrainVision's second segments: a gap of the length that their dates state."""

from pathlib import Path

import numpy as np
import pytest

from models.errors import RecordingError
from models.readers import brainvision
from models.readers.joints import Joint
from models.readers.recording import open_recording, read
from tests.models.readers.test_vendor import MICROVOLTS, VHDR, VMRK
from tests.models.readers.test_vendor import brainvision as written

RATE_HZ = 200.0


def with_segments(folder: Path, *lines: str) -> Path:
    """Write a recording whose markers have these lines, too."""
    path = written(folder)
    (folder / "a.vmrk").write_text(VMRK + "".join(f"{line}\n" for line in lines), encoding="utf-8")
    return path


def test_a_segment_that_began_later_is_behind_a_gap(tmp_path: Path) -> None:
    """Samples, marks and length move by it; no piece reaches over it."""
    pytest.importorskip("mne", reason="MNE-Python is not installed (extra `files`)")
    lines = ("Mk3=New Segment,,601,1,0,20260102030418000000", "Mk4=Comment,late,701,1,0")
    path = with_segments(tmp_path, *lines)
    opened = open_recording(path)
    assert (opened.head.gaps, opened.length, opened.head.remarks) == (((600, 2600),), 3000, ())
    assert [at for at, _ in opened.pieces(0)] == [0, 2600]
    onsets_s = {note.text: note.onset_s for note in opened.head.annotations}
    assert (onsets_s["Comment/spike"], onsets_s["Comment/late"]) == (2.0, 13.5)
    np.testing.assert_allclose(read(path).samples[:, 2600:], MICROVOLTS[:, 600:], rtol=1e-4)


@pytest.mark.parametrize("date", ["00000000000000000000", "20260102030406000000"])
def test_a_segment_of_unknown_time_ends_the_piece(tmp_path: Path, date: str) -> None:
    """No date, or one that lies before the samples do."""
    pytest.importorskip("mne", reason="MNE-Python is not installed (extra `files`)")
    opened = open_recording(with_segments(tmp_path, f"Mk3=New Segment,,601,1,0,{date}"))
    assert opened.head.gaps == ((600, 601),)
    [remark] = opened.head.remarks
    assert remark.startswith("was interrupted for an unknown time at 3.0 s")


def test_breaks_need_no_mne(tmp_path: Path) -> None:
    """They follow from the texts; a file that was renamed has its markers under its own name."""
    path = with_segments(tmp_path, "Mk3=New Segment,,601,1,0,20260102030418000000")
    assert brainvision.breaks(path, RATE_HZ) == [Joint(600, 10.0)]
    path.write_text(path.read_text(encoding="utf-8").replace("a.vmrk", "old.vmrk"), encoding="utf-8")
    assert brainvision.marker_file(path) == tmp_path / "a.vmrk"
    (tmp_path / "a.vmrk").unlink()
    assert brainvision.breaks(path, RATE_HZ) == []


@pytest.mark.parametrize("encoding", ["utf-8", "latin-1"])
def test_a_remark_in_any_letters_costs_no_eeg(tmp_path: Path, encoding: str) -> None:
    """And stays a remark; one that states no place is left out, and told."""
    pytest.importorskip("mne", reason="MNE-Python is not installed (extra `files`)")
    path = written(tmp_path)
    marks = VMRK + "Mk3=Comment,Böse Öffnung,501,1,0\nMk4=Comment\n"
    (tmp_path / "a.vmrk").write_bytes(marks.encode(encoding))
    recording = read(path)
    np.testing.assert_allclose(recording.samples, MICROVOLTS, rtol=1e-4)
    assert {"Comment/spike", "Comment/Böse Öffnung"} <= {note.text for note in recording.annotations}
    assert recording.remarks == ("1 of its markers state no place, and are left out",)
    assert recording.start_utc == "2026-01-02T03:04:05"


def test_a_file_that_mne_can_read_is_not_copied(tmp_path: Path) -> None:
    """Nor is one with places of its electrodes, which may be zero."""
    path = written(tmp_path)
    path.write_text(path.read_text(encoding="utf-8") + "[Coordinates]\nCh1=1,0,0\n", encoding="utf-8")
    assert brainvision.copies(path) is None


@pytest.mark.parametrize("zero", ["0", "0.000", ".0"])
def test_a_channel_without_a_scale_is_left_out(tmp_path: Path, zero: str) -> None:
    """With the reason; the others are where they were."""
    pytest.importorskip("mne", reason="MNE-Python is not installed (extra `files`)")
    path = written(tmp_path)
    path.write_text(VHDR.replace("F7,,0.1", f"F7,,{zero}"), encoding="utf-8")
    recording = read(path)
    assert (recording.labels, recording.left_out) == (("Fp1", "T3", "ECG"), {"F7": brainvision.NO_SCALE})
    np.testing.assert_allclose(recording.samples, MICROVOLTS[[0, 2, 3]], rtol=1e-4)
    assert "Comment/spike" in {note.text for note in recording.annotations}


def test_a_file_without_any_scale_is_one_line(tmp_path: Path) -> None:
    """It names the remedy."""
    pytest.importorskip("mne", reason="MNE-Python is not installed (extra `files`)")
    path = written(tmp_path)
    path.write_text(VHDR.replace(",,0.1,", ",,0,"), encoding="utf-8")
    with pytest.raises(RecordingError, match=r"a.vhdr: holds no EEG with a scale \(its header states a .*; export it"):
        read(path)


def cut(path: Path, points: int, orientation: str = "MULTIPLEXED") -> Path:
    """Let a header count so many samples, and half of the 1000 be there and a little more."""
    counted = VHDR.replace("SamplingInterval", f"DataPoints={points}\nSamplingInterval")
    path.write_text(counted.replace("MULTIPLEXED", orientation), encoding="utf-8")
    data = path.with_suffix(".eeg")
    data.write_bytes(data.read_bytes()[: 4 * 2 * 500 + 3])
    return path


@pytest.mark.parametrize(
    ("points", "remark"),
    [
        (1000, "its header counts 1000 samples, 500 are there, its end is missing; copy or export it again"),
        (400, "its header counts 400 samples, 500 are there, and all were read"),
        (500, "holds 3 bytes behind its last whole sample, which were left out: its end may be missing; copy"),
        (0, "holds 3 bytes behind its last whole sample, which were left out: its end may be missing; copy"),
    ],
)
def test_a_copy_that_broke_off_is_told(tmp_path: Path, points: int, remark: str) -> None:
    """What is there is read."""
    pytest.importorskip("mne", reason="MNE-Python is not installed (extra `files`)")
    opened = open_recording(cut(written(tmp_path), points))
    assert opened.length == 500
    [found] = opened.head.remarks
    assert found.startswith(remark)


def test_channels_behind_each_other_are_refused_where_one_is_cut(tmp_path: Path) -> None:
    """All but the first would begin at a wrong place."""
    path = cut(written(tmp_path), 1000, "VECTORIZED")
    with pytest.raises(RecordingError, match=r"is cut off or damaged \(its header counts 1000 samples, 500 are"):
        brainvision.odd_length(path)
