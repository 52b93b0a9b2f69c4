"""What `spikewatch train` refuses, and in which line."""

from dataclasses import replace
from pathlib import Path

import pytest

from models.training import outcome, task
from tests.models.training.small_training import easy_set
from tests.stream.cli.command import Ended
from tests.stream.cli.training_command import TINY, Refused


def test_windows_of_other_recordings_are_not_taken_for_these(tmp_path: Path, refused: Refused) -> None:
    """RUN/data says what it was made of."""
    (tmp_path / "others").mkdir()
    easy_set(tmp_path / "run" / "data")
    code, line = refused("others", "--out", "run")
    assert code == 2
    assert "run/data: was made by `made by hand`, not by `spikewatch data prepare others --out run/data`" in line


def test_a_folder_without_recordings_is_refused(tmp_path: Path, refused: Refused) -> None:
    """The line says what was looked for."""
    (tmp_path / "empty").mkdir()
    code, line = refused("empty", "--out", "run")
    assert code == 3
    assert "empty: holds no data set that is known" in line


def test_a_run_without_a_model_is_one_line_and_exit_1(
    run: tuple[Path, Ended], refused: Refused, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A training that collapsed before it found anything has nothing to hand over."""
    collapsed = replace(outcome.read(run[0]), stopped="collapsed", reason="gives up: nothing is found", figures={})
    monkeypatch.setattr(task, "carry_out", lambda *_: collapsed)
    code, line = refused("set", "--out", "run", folder=run[0].parent)
    assert (code, line) == (1, "spikewatch: run: no model came of it: gives up: nothing is found")


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (("--set", "epoch=3"), 2, "unknown key 'epoch'"),
        (("--set", "epochs"), 2, "write key=value"),
        (("--recipe", "absent.json"), 2, "absent.json: cannot be read"),
        (("--learning-rates", "0.1,x"), 2, "--learning-rates 0.1,x: give numbers"),
        (("--learning-rates", "0.1,0.1"), 2, "give different ones"),
        (("--device", "abacus"), 2, "give auto, cpu or cuda"),
        (("--threads", "5000"), 2, "--threads 5000: give 1 to 1024"),
    ],
)
def test_what_cannot_be_trained_is_one_line(
    data: Path, refused: Refused, words: tuple[str, ...], code: int, says: str
) -> None:
    """It names the option or the key."""
    found, line = refused(str(data), "--out", "run", *words)
    assert (found, says in line) == (code, True), line


def test_another_recipe_in_the_folder_is_refused(run: tuple[Path, Ended], refused: Refused) -> None:
    """A run is never trained over by another recipe."""
    code, line = refused("set", "--out", "run", "--set", "epochs=3", *TINY, folder=run[0].parent)
    assert code == 2
    assert "epochs = 2, not 3" in line


def test_data_that_cannot_be_used_is_exit_3(tmp_path: Path, refused: Refused) -> None:
    """A folder that is not there, and a window set that was never finished."""
    assert refused("absent", "--out", "run")[0] == 3
    (easy_set(tmp_path / "set").folder / "windowset.json").unlink()
    code, line = refused("set", "--out", "run")
    assert code == 3
    assert "is no finished window set" in line
