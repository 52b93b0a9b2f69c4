"""MNE-Python writes nothing on stdout, where the events of `score` may go, and its warnings become remarks."""

import logging
from pathlib import Path

import pytest

from models.readers import mne_door
from models.readers.recording import read
from tests.models.readers.test_vendor import brainvision, persyst


def test_nothing_that_mne_prints_or_logs_reaches_stdout(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """It prints that a date of birth is none, and logs what it warns of."""
    pytest.importorskip("mne", reason="MNE-Python is not installed (extra `files`)")
    assert read(persyst(tmp_path)).labels[0] == "FP1"
    brainvision(tmp_path)
    (tmp_path / "a.vmrk").unlink()
    [remark] = read(tmp_path / "a.vhdr").remarks
    assert remark.startswith("its reader warns: MarkerFile 'a.vmrk' not found")
    assert capsys.readouterr().out == ""


def test_whoever_uses_mne_otherwise_keeps_its_log(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Only what happens inside is kept quiet."""
    mne = pytest.importorskip("mne", reason="MNE-Python is not installed (extra `files`)")
    with mne_door.quiet():
        logging.getLogger("mne").warning("inside")
    mne.io.read_raw_persyst(persyst(tmp_path), verbose="info")
    assert "Loading" in capsys.readouterr().out
