"""`python -m bench.paper` as a user runs it: tables, resumed, and mistakes in one line."""

import json
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from bench.machine import ROOT
from bench.paper import __main__ as paper
from models.datasets.windowset import Header
from models.datasets.windowset_writer import Writer


def call(monkeypatch: pytest.MonkeyPatch, *words: str) -> int:
    """Run the command in this process."""
    monkeypatch.setattr(sys, "argv", ["bench.paper", *words])
    return paper.main()


def two_task_set(folder: Path) -> Path:
    """Write 24 windows of two channels, awake and asleep: spikes, and bursts that only look like some."""
    rng = np.random.default_rng(0)
    with Writer(folder, Header("test", 2, 500, 125.0, unit="uV")) as writer:
        for subject in range(6):
            windows = rng.normal(size=(4, 2, 500)).astype(np.float32)
            windows[0, :, 245:250] += 50 * np.array([0.3, 0.7, 1, 0.7, 0.3], np.float32)
            windows[1, 0, 100:104] += 50 * rng.choice((-1, 1), 4).astype(np.float32)
            labels, stages = np.array([1, 0, 0, 0]), np.array([1, 3, 1, 3])
            name = f"s{subject}"
            writer.add(
                windows, labels, np.zeros(4), subject=name, recording=name, group="g", montage="m", stages=stages
            )
    return folder


def test_every_cell_runs_and_every_table_prints(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """All of it, quick; then the same command trains nothing and writes the same, and one row alone shows dashes."""
    words = ("--quick", "--data", f"TUEV1,1={two_task_set(tmp_path / 'set')}", "--out", str(tmp_path / "runs"))
    files = ("--markdown", str(tmp_path / "tables.md"), "--json", str(tmp_path / "a.json"))
    assert call(monkeypatch, "all", *words, *files, "--plot", str(tmp_path / "a.svg")) == 0
    whole = json.loads((tmp_path / "a.json").read_text(encoding="utf-8"))
    answer, settings = whole["tables"], whole["settings"]
    # With these the run can be made again.
    assert (settings["by"], settings["seeds"], settings["rates"]) == ("subject", [1], [0.02])
    assert {name: len(rows) for name, rows in answer.items()} == {
        "table2": 7, "table3": 8, "table3-f2": 8, "table4": 3, "table5": 12, "figure5a": 25, "a-b": 10, "siamese": 8,
        "siamese-ablation": 4, "figure5b": 1,
    }  # fmt: skip
    # Each was trained and tested: none is refused by its network or its data.
    told = [row["row"] for name in ("siamese", "siamese-ablation") for row in answer[name]
            if "sleep_accuracy" in row["seeds"][0]]  # fmt: skip
    assert told == ["Siamese-ES", "full", "no fusion"]
    seeds = [seed for name, rows in answer.items() if name != "figure5b" for row in rows for seed in row["seeds"]]
    assert [seed["reason"] for seed in seeds if "reason" in seed] == []
    text = (tmp_path / "tables.md").read_text(encoding="utf-8")
    assert text.count("### ") == len(answer)
    assert text.count("; paper 0.57") == 4
    assert (tmp_path / "a.svg").stat().st_size > 5000
    monkeypatch.setattr("bench.paper.cells.train", None)
    assert call(monkeypatch, "table2", "table4", *words, *files) == 0
    assert (tmp_path / "tables.md").read_text(encoding="utf-8").splitlines()[:11] == text.splitlines()[:11]
    assert call(monkeypatch, "table4", *words, *files, "--done", "--seeds", "2") == 0
    assert (tmp_path / "tables.md").read_text(encoding="utf-8").count("- (not run)") == 3
    capsys.readouterr()


def test_killed_in_the_middle_and_resumed_it_writes_equal_tables(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Killed with -9 while a cell trains: the command again gives what an undisturbed one gives."""
    data = two_task_set(tmp_path / "set")
    words = ("table4", "--quick", "--epochs", "4", "--set", "patience=0", "--data", f"TUEV1,1={data}")
    runs = tmp_path / "killed"
    with subprocess.Popen([sys.executable, "-m", "bench.paper", *words, "--out", str(runs)], cwd=ROOT) as killed:
        # An epoch of the second cell stands in its checkpoint, and more are to come.
        while not (list(runs.glob("cells/*.json")) and list(runs.glob("trainings/*/lr-*/history.jsonl"))):
            assert killed.poll() is None
            time.sleep(0.002)
        killed.kill()
    cells = {file: file.read_bytes() for file in runs.glob("cells/*.json")}
    assert 1 <= len(cells) < 3
    found = {}
    for name in ("killed", "whole"):
        files = ("--markdown", str(tmp_path / f"{name}.md"), "--json", str(tmp_path / f"{name}.json"))
        assert call(monkeypatch, *words, "--out", str(tmp_path / name), *files) == 0
        found[name] = json.loads((tmp_path / f"{name}.json").read_text(encoding="utf-8"))["tables"]["table4"]
    for row in (row for rows in found.values() for row in rows):
        row["seeds"] = [{**seed, "seconds": 0} for seed in row["seeds"]]
    assert found["killed"] == found["whole"]
    assert (tmp_path / "killed.md").read_bytes() == (tmp_path / "whole.md").read_bytes()
    assert all(file.read_bytes() == kept for file, kept in cells.items())
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
