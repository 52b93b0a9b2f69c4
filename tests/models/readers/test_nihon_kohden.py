"""Nihon Kohden's blocks: each is read by itself, and stands where its time puts it."""

from pathlib import Path

import numpy as np
import pytest

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
    np.testing.assert_allclose(samples[:16], COUNTS[:16] * STEP_UV, atol=0.1)
    assert np.isnan(read(path).samples[:, 800:2800]).all()
