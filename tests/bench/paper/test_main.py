"""`python -m bench.paper` as a user runs it: tables, resumed, and mistakes in one line."""

import json
import sys
from pathlib import Path

import pytest

from bench.paper import __main__ as paper
from tests.models.training.small_training import easy_set


def call(monkeypatch: pytest.MonkeyPatch, *words: str) -> int:
    """Run the command in this process."""
    monkeypatch.setattr(sys, "argv", ["bench.paper", *words])
    return paper.main()


def test_tables_are_written_and_resumed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A row a system, a column a set; the same command again trains nothing and writes the same."""
    folder = easy_set(tmp_path / "set").folder
    words = ("table2", "table4", "--quick", "--data", f"TUEV1,1={folder}", "--systems", "ResNet-18,iEDeaL,SC + SaSu")
    files = (
        "--out",
        str(tmp_path / "runs"),
        "--markdown",
        str(tmp_path / "tables.md"),
        "--json",
        str(tmp_path / "a.json"),
    )
    assert call(monkeypatch, *words, *files) == 0
    text = (tmp_path / "tables.md").read_text(encoding="utf-8")
    assert [line.split(" |")[0] for line in text.splitlines() if line.startswith("| ")] == [
        "| ", "| ---", "| ResNet-18", "| iEDeaL", "| ", "| ---", "| SC + SaSu",
    ]  # fmt: skip
    assert text.count("; paper 0.57") == 2
    answer = json.loads((tmp_path / "a.json").read_text(encoding="utf-8"))
    assert [row["row"] for row in answer["tables"]["table2"]] == ["ResNet-18", "iEDeaL"]
    monkeypatch.setattr("bench.paper.cells.train", None)
    assert call(monkeypatch, *words, *files) == 0
    assert (tmp_path / "tables.md").read_text(encoding="utf-8") == text
    capsys.readouterr()


def test_what_is_no_window_set_is_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """It names the folder; a name without a folder is refused by the parser."""
    words = ("table4", "--quick", "--out", str(tmp_path / "runs"))
    assert call(monkeypatch, *words, "--data", f"mine={tmp_path / 'absent'}") == 2
    assert f"{tmp_path / 'absent'}: is no finished window set" in capsys.readouterr().err
    with pytest.raises(SystemExit):
        call(monkeypatch, *words, "--data", "mine")
    assert "write NAME=FOLDER" in capsys.readouterr().err
