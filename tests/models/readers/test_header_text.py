"""Headers that are text: sections and what stands behind a key, in UTF-8 and in Latin-1."""

from pathlib import Path

import pytest

from models.readers import header_text

TEXT = "first line\r\n[Common Infos]\r\nDataFile = a.eeg\r\nEmpty=\r\n[Other]\r\nDataFile=b.eeg\r\n"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "latin-1"])
def test_letters_are_read_in_either_encoding(tmp_path: Path, encoding: str) -> None:
    """A mark at the beginning is no letter."""
    (tmp_path / "a").write_bytes("Öffnung".encode(encoding))
    assert header_text.text_of(tmp_path / "a") == "Öffnung"


def test_a_value_is_looked_for_in_its_section() -> None:
    """Whatever the letters' case; what is not there is empty."""
    section = header_text.section(TEXT, "common infos")
    assert header_text.value(section, "datafile") == "a.eeg"
    assert header_text.value(header_text.section(TEXT, "Other"), "DataFile") == "b.eeg"
    assert header_text.value(section, "Empty") == header_text.value(section, "MarkerFile") == ""
    assert header_text.section(TEXT, "Binary Infos") == ""
