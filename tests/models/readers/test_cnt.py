"""Files called `.cnt` are known by how they begin."""

from pathlib import Path

import pytest

from models.errors import RecordingError
from models.readers import cnt
from models.readers.recording import read


@pytest.mark.parametrize(
    ("content", "reader", "is_known"),
    [
        (b"RIFF....", "read_raw_ant", True),
        (b"RF64....", "read_raw_ant", True),
        (b"Version 3.0", "read_raw_cnt", True),
        (b"\x00\x01\x02", "read_raw_cnt", False),
    ],
)
def test_makers_are_known_by_their_first_bytes(tmp_path: Path, content: bytes, reader: str, is_known: bool) -> None:
    """Long recordings of ANT begin otherwise than short ones."""
    (tmp_path / "a.cnt").write_bytes(content)
    assert cnt.reader(tmp_path / "a.cnt") == reader
    assert (cnt.why_refused(tmp_path / "a.cnt") == "") is is_known


def test_another_makers_file_is_one_line_with_the_remedy(tmp_path: Path) -> None:
    """Without a line of MNE's code."""
    pytest.importorskip("mne", reason="MNE-Python is not installed (extra `files`)")
    (tmp_path / "a.cnt").write_bytes(bytes(range(256)) * 40)
    with pytest.raises(RecordingError, match=r"a.cnt: is no recording of Neuroscan or ANT; export it as EDF$"):
        read(tmp_path / "a.cnt")
