"""Nihon Kohden's midline is EEG, and its blocks stand where their times put them."""

from pathlib import Path

import numpy as np
import pytest

from models.errors import RecordingError
from models.readers import nihon_kohden
from models.readers.joints import Joint
from models.readers.recording import open_recording, read
from tests.models.readers.nihon_bytes import COUNTS, ELECTRODES, RATE_HZ, STEP_UV, nihon

NOON = "260102120000"
UNKNOWN = "000000000000"


@pytest.mark.parametrize(
    ("began", "expected"),
    [
        ("260102120024", Joint(800, 20.0)),
        # Within the second of its clock.
        ("260102120005", Joint(800, 1 / RATE_HZ)),
        ("260102115000", Joint(800, None)),
        (UNKNOWN, Joint(800, None)),
    ],
)
def test_a_block_begins_where_its_time_says(tmp_path: Path, began: str, expected: Joint) -> None:
    """Behind the samples of the block before it."""
    assert nihon_kohden.breaks(nihon(tmp_path / "a.eeg", [(4, NOON), (3, began)]), RATE_HZ) == [expected]


def test_one_block_has_no_break(tmp_path: Path) -> None:
    """Whatever its time is."""
    assert nihon_kohden.breaks(nihon(tmp_path / "a.eeg", [(4, UNKNOWN)]), RATE_HZ) == []


def test_samples_of_all_blocks_are_read(tmp_path: Path) -> None:
    """In pieces that end with a block, however long they may be."""
    pytest.importorskip("mne", reason="MNE-Python is not installed (extra `files`)")
    path = nihon(tmp_path / "a.eeg", [(4, NOON), (3, "260102120014"), (3, "260102120022")])
    opened = open_recording(path, piece_bytes=8 * len(ELECTRODES) * 500)
    assert (opened.length, opened.head.gaps) == (5000, ((800, 2800), (3400, 4400)))
    assert [at for at, _ in opened.pieces(0)] == [0, 500, 2800, 3300, 4400, 4900]
    samples = np.concatenate([found for _, found in opened.pieces(0)], axis=1)
    np.testing.assert_allclose(samples, COUNTS * STEP_UV, atol=0.1)
    assert np.isnan(read(path).samples[:, 800:2800]).all()


@pytest.mark.parametrize("label", ["FZ", "Cz", "PZ-REF", "POL ZA1", "LNA3", "AX'2"])
def test_an_electrode_is_one_whatever_its_letters(label: str) -> None:
    """MNE takes a "Z", an "X" or "NA" for a sign of something else."""
    assert nihon_kohden.kind(label, "misc") == ""
    assert nihon_kohden.kind(label, "eeg") == "eeg"


@pytest.mark.parametrize("label", ["Z", "X1", "X12/BP1", "NA28", "DC03", "Mark1", "$A1", "ECG", "DC"])
def test_other_inputs_keep_their_kind(label: str) -> None:
    """Under the names that the device gives them, and what says that it is none."""
    assert nihon_kohden.kind(label, "misc") == "misc"


def test_the_midline_is_eeg_in_microvolts(tmp_path: Path) -> None:
    """Under the device's own names, without the file in which a hospital names them."""
    pytest.importorskip("mne", reason="MNE-Python is not installed (extra `files`)")
    head = open_recording(nihon(tmp_path / "a.eeg", [(4, NOON)])).head
    assert (head.labels, set(head.units)) == (tuple(ELECTRODES), {"uV"})
    assert (set(head.types[:16]), set(head.types[16:])) == ({"EEG"}, {""})


def test_another_makers_file_is_one_line_with_the_remedy(tmp_path: Path) -> None:
    """BrainVision's data without their header, say."""
    pytest.importorskip("mne", reason="MNE-Python is not installed (extra `files`)")
    (tmp_path / "a.eeg").write_bytes(COUNTS.astype("<i2").tobytes())
    with pytest.raises(RecordingError, match=r"is no recording of Nihon Kohden; if it is BrainVision.* header a.vhdr"):
        read(tmp_path / "a.eeg")
    assert nihon_kohden.why_refused(nihon(tmp_path / "b.eeg", [(1, NOON)])) == ""
