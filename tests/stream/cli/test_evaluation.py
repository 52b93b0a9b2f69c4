"""`spikewatch evaluate` as a user meets it, in a process of its own."""

import json
import shutil
from pathlib import Path

import pytest

from models.zoo import store
from tests.stream.cli.command import spikewatch
from tests.stream.cli.test_calibration import calm


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Make a folder with a copy of the shipped detector."""
    # A copy: --write changes the model's folder.
    shutil.copytree(store.ZOO / "sc-small", tmp_path / "mine")
    return tmp_path


def test_a_tiny_simulated_evaluation_from_end_to_end(folder: Path) -> None:
    """Tables on stdout, both files in --out, threshold and table in the model's folder, which still loads."""
    pytest.importorskip("matplotlib", reason="plots are an extra")
    words = ("evaluate", "mine", "--simulated", "2", "--seconds", "12", "--write", "--out", "page", "--device", "cpu")
    ended = spikewatch(folder, *words)
    assert (ended.code, ended.err) == (0, "")
    assert "What each threshold costs" in ended.out
    written = json.loads((folder / "page/evaluation.json").read_text(encoding="utf-8"))
    assert written["command"] == "spikewatch " + " ".join(words)
    assert set(written["events"]) == {"scalp"}
    assert "</html>" in (folder / "page/evaluation.html").read_text(encoding="utf-8")
    manifest = store.load(folder / "mine").manifest
    # Chosen once, and the same in all three places that a user may look at.
    assert manifest.threshold == written["threshold"] == written["operating_points"]["default"]["threshold"]
    assert "false alarms/min in each of: simulated, scalp (2, " in (folder / "mine/CARD.md").read_text(encoding="utf-8")


def test_what_is_left_out_of_a_recording_is_told(folder: Path) -> None:
    """On stderr and in both files: figures are of the other electrodes alone."""
    pytest.importorskip("matplotlib", reason="plots are an extra")
    calm(folder, odd_unit="F7")
    ended = spikewatch(folder, "evaluate", "mine", "calm.npz", "--healthy", "--out", "page")
    assert (ended.code, ended.err) == (0, 'calm.npz: left out F7: in "bpm", which is no voltage\n')
    written = json.loads((folder / "page/evaluation.json").read_text(encoding="utf-8"))
    assert written["remarks"] == [ended.err.rstrip()]
    assert "left out F7" in (folder / "page/evaluation.html").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["mine"], 2, "nothing to evaluate on"),
        (["nowhere", "--simulated", "1"], 3, "nowhere: neither a folder nor a model"),
        (["mine", "absent.edf", "--healthy"], 3, "absent.edf: there is no such file"),
    ],
)
def test_what_a_user_can_cause_is_one_line(folder: Path, words: list[str], code: int, said: str) -> None:
    """Exit code 2 for usage, 3 for inputs; no traceback."""
    ended = spikewatch(folder, "evaluate", *words)
    assert ended.code == code
    assert said in ended.err
    assert ended.err.count("\n") == 1
