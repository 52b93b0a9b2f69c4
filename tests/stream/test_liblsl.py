"""What liblsl writes on stderr, in a process of its own: it reads its settings once in a process."""

import os
import subprocess
import sys
from pathlib import Path

from stream.liblsl import settings_file

ROOT = Path(__file__).parents[2]
LOOK = "from stream.liblsl import pylsl; pylsl.resolve_streams(0.05)"


def said(folder: Path, **environment: str) -> str:
    """Return what is on stderr after a look for streams, where no settings are but those in a folder."""
    usual = {**os.environ, "HOME": str(folder), "PYTHONPATH": str(ROOT)}
    usual.pop("LSLAPICFG", None)
    ended = subprocess.run(
        [sys.executable, "-c", LOOK],
        cwd=folder,
        env={**usual, **environment},
        capture_output=True,
        text=True,
        check=True,
    )
    return ended.stderr


def test_a_look_for_streams_says_nothing(tmp_path: Path) -> None:
    """A program that reads our answers is not told which settings were loaded."""
    assert said(tmp_path) == ""


def test_settings_of_the_user_stay_in_force(tmp_path: Path) -> None:
    """In the folder, or named: liblsl says itself which it took."""
    path = tmp_path / "lsl_api.cfg"
    path.write_text("[lab]\nSessionID = ward\n", encoding="utf-8")
    assert "lsl_api.cfg" in said(tmp_path)
    named = path.rename(tmp_path / "ward.cfg")
    assert "ward.cfg" in said(tmp_path, LSLAPICFG=str(named))
    assert settings_file({"LSLAPICFG": str(named)}) == named
