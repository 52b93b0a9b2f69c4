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


def test_lines_are_left_out_of_one_section_alone() -> None:
    """Empty ones stay, and what ends a line too."""
    text = "[A]\r\nno\r\n\r\nyes\r\n[B]\r\nno\r\n"
    assert header_text.without_lines(text, "A", lambda line: "no" not in line) == (
        "[A]\r\n\r\nyes\r\n[B]\r\nno\r\n",
        1,
    )
    assert header_text.without_lines(text, "C", lambda _: False) == (text, 0)


@pytest.mark.parametrize(("encoding", "expected"), [("utf-8", True), ("latin-1", False)])
def test_a_text_that_mne_cannot_read_is_known(tmp_path: Path, encoding: str, expected: bool) -> None:
    """By one letter."""
    (tmp_path / "a").write_bytes("Öffnung".encode(encoding))
    assert header_text.is_utf8(tmp_path / "a") is expected


@pytest.mark.parametrize(
    ("line", "expected"), [("N=12", 12), ("N= 7 ", 7), ("N=", None), ("N=1.5", None), ("M=1", None)]
)
def test_a_count_is_a_whole_number(line: str, expected: int | None) -> None:
    """Anything else is none."""
    assert header_text.count(f"[A]\n{line}\r\n", "N") == expected
