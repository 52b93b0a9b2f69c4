"""Copies of texts lie beside links to what they name, and go with what was opened."""

from pathlib import Path

import pytest

from models.readers import header_copies
from models.readers.header_copies import Copies


class Opened:
    """What a library returns."""

    def __init__(self, path: Path) -> None:
        self.path = path


def test_copies_last_as_long_as_what_was_opened(tmp_path: Path) -> None:
    """Samples are read through the link long after."""
    (tmp_path / "a.dat").write_bytes(b"samples")
    opened = header_copies.opened(Copies({"a.lay": "Öffnung\r\n"}, {"a.dat": tmp_path / "a.dat"}), Opened)
    copy = opened.path
    assert copy.read_bytes() == "Öffnung\r\n".encode()
    assert copy.with_name("a.dat").read_bytes() == b"samples"
    assert copy.parent.stat().st_mode & 0o077 == 0
    del opened
    assert not copy.parent.exists()
    assert (tmp_path / "a.dat").exists()


def test_copies_of_what_cannot_be_opened_are_removed() -> None:
    """They hold a patient's name, it may be."""
    folders: list[Path] = []

    def refuse(path: Path) -> None:
        folders.append(path.parent)
        raise ValueError

    with pytest.raises(ValueError):  # noqa: PT011
        header_copies.opened(Copies({"a.lay": ""}), refuse)
    assert not folders[0].exists()
