"""`python -m models.training`: the plain command line of a bare host."""

import sys
from pathlib import Path

import pytest
import torch

from models.training.__main__ import Lines, main
from models.training.callbacks import EpochReport
from models.zoo import store
from tests.models.training.small_training import BLIND, easy_set

SETTINGS = ["parameters.width=6", "parameters.blocks=2", "epochs=2", "batch_windows=32"]


def called(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    """Call it with arguments; return its exit code."""
    torch.set_num_threads(1)
    monkeypatch.setattr(sys, "argv", ["models.training", *arguments])
    return main()


def test_it_trains_and_prints_a_line_an_epoch(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The recipe's file first, then what --set changes; the manifest holds the command."""
    easy_set(tmp_path / "set")
    (tmp_path / "recipe.json").write_text('{"optimiser": "adamw", "epochs": 50}')
    run = tmp_path / "run"
    arguments = [str(tmp_path / "set"), "--out", str(run), "--recipe", str(tmp_path / "recipe.json"), "--device", "cpu"]
    for setting in SETTINGS:
        arguments += ["--set", setting]
    assert called(monkeypatch, *arguments) == 0
    lines = capsys.readouterr().out.splitlines()
    # Before the first epoch: what is being prepared, and the plan. Each line after that begins with phase and epoch.
    assert [line.split(":")[0] for line in lines[-6:]] == [
        "pre_bce 0",
        "pre_bce 1",
        "pre_bce 2",
        "main 0",
        "main 1",
        "epochs done",
    ]
    assert store.load(run / "model").manifest.command.startswith(f"python -m models.training {tmp_path / 'set'}")


def test_a_collapsed_run_says_so_by_its_exit_code(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """And by its last line."""
    easy_set(tmp_path / "set", positives=24, negatives=1200)
    arguments = [str(tmp_path / "set"), "--out", str(tmp_path / "run"), "--device", "cpu"]
    for setting in [*SETTINGS, *(f"{key}={value}" for key, value in BLIND.items())]:
        arguments += ["--set", setting]
    assert called(monkeypatch, *arguments) == 1
    assert capsys.readouterr().out.splitlines()[-1].startswith("collapsed: gives up: nothing is found")


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (["missing"], "missing: is no finished window set"),
        (["set", "--set", "epoch=3"], "unknown key 'epoch'"),
        (["set", "--recipe", "none.json"], "none.json: cannot be read"),
    ],
)
def test_a_mistake_is_one_line(
    arguments: list[str],
    named: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """On standard error, with exit code 2."""
    easy_set(tmp_path / "set")
    monkeypatch.chdir(tmp_path)
    assert called(monkeypatch, *arguments, "--out", "run") == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert named in line


def test_an_interruption_is_one_line_and_the_same_command_continues(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Exit code 130 and no traceback; the second call trains only the epochs that are left."""
    easy_set(tmp_path / "set")
    arguments = [str(tmp_path / "set"), "--out", str(tmp_path / "run"), "--device", "cpu"]
    for setting in SETTINGS:
        arguments += ["--set", setting]
    epoch = Lines.epoch

    def interrupt(lines: Lines, report: EpochReport) -> None:
        epoch(lines, report)
        if report.phase == "main":
            raise KeyboardInterrupt

    # Undone before the second call, which must run to its end.
    with monkeypatch.context() as patched:
        patched.setattr(Lines, "epoch", interrupt)
        assert called(monkeypatch, *arguments) == 130
    (line,) = capsys.readouterr().err.splitlines()
    assert line == f"interrupted; the same command continues from what {tmp_path / 'run'} holds"
    assert called(monkeypatch, *arguments) == 0
    lines = [line.split(":")[0] for line in capsys.readouterr().out.splitlines()]
    assert lines[-2:] == ["main 1", "epochs done"]
    assert "main 0" not in lines
