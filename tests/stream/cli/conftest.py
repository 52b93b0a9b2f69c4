"""A folder to run commands in."""

from pathlib import Path

import pytest

# Two beds, so that "the first" and "all" are different answers.
CONFIG = '[[bed]]\nid = "bed-1"\n[[bed]]\nid = "bed-2"\n[journal]\npath = "events.db"\n'


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Make a folder with a config.toml of two beds."""
    (tmp_path / "config.toml").write_text(CONFIG, encoding="utf-8")
    return tmp_path
