"""A cell is trained once, goes on after a kill, and is a dash with a reason where a network does not fit."""

import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from bench.paper import cells
from bench.paper.cells import Cell, balanced_accuracy, comparable, result, threshold_at
from bench.paper.options import QUICK
from bench.paper.plans import TABLES
from models.datasets.splits import Part
from models.training.callbacks import Result
from models.training.recipe import Recipe
from models.training.trainer import train
from tests.models.training.small_training import easy_set


def cell(folder: Path, table: str, row: str) -> Cell:
    """Return a cell on an easy set."""
    return Cell(row, TABLES[table].rows[row], "easy", easy_set(folder / "set").folder, 1)


def test_a_cell_is_trained_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its figures are a file, its trainings are gone, and asked again it only reads."""
    one = cell(tmp_path, "table4", "SC + SaSu")
    found = result(one, QUICK, tmp_path / "runs")
    assert found["rate"] == 0.02
    assert 0 <= found["auprc"] <= 1
    assert list((tmp_path / "runs" / "trainings").iterdir()) == []
    monkeypatch.setattr(cells, "train", None)
    assert result(one, QUICK, tmp_path / "runs") == found


def test_a_killed_cell_gives_the_same_figures(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Killed between training and testing: what was trained is not trained again."""
    one = cell(tmp_path, "table4", "SC + SaSu")
    expected = result(one, QUICK, tmp_path / "whole")

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(cells, "_probabilities", killed)
    with pytest.raises(KeyboardInterrupt):
        result(one, QUICK, tmp_path / "runs")
    monkeypatch.undo()
    again = result(one, QUICK, tmp_path / "runs")
    assert {**again, "seconds": 0} == {**expected, "seconds": 0}


def test_a_cell_that_another_command_trains_is_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two at once train it once, and neither takes the other's training for a failed one."""
    one, begun, real = cell(tmp_path, "table4", "SC + SaSu"), list[Path](), train

    def slow(parts: Mapping[str, Part], recipe: Recipe, folder: Path, *, device: str) -> Result:
        begun.append(folder)
        # Time enough for the other to come to this cell, too.
        time.sleep(0.2)
        return real(parts, recipe, folder, device=device)

    monkeypatch.setattr(cells, "train", slow)
    with ThreadPoolExecutor(2) as pool:
        first, second = pool.map(lambda _: result(one, QUICK, tmp_path / "runs"), range(2))
    assert first == second
    assert len(begun) == 1


def test_a_network_that_does_not_fit_the_windows_is_a_dash_with_a_reason(tmp_path: Path) -> None:
    """Spectrograms need longer windows."""
    found = result(cell(tmp_path, "siamese-ablation", "full"), QUICK, tmp_path / "runs")
    assert not found["converged"]
    assert "takes 129 to" in found["reason"]


def test_the_threshold_of_a_sensitivity_is_the_highest_that_reaches_it() -> None:
    """Three of four positives are found at 0.6, all at 0.2."""
    labels = np.array([1, 1, 1, 0, 1], np.uint8)
    probabilities = np.array([0.9, 0.7, 0.6, 0.4, 0.2], np.float32)
    assert threshold_at(labels, probabilities, 0.75) == pytest.approx(0.6)
    assert threshold_at(labels, probabilities, 0.76) == pytest.approx(0.2)


def test_sleep_counts_each_class_alike() -> None:
    """All of two waking windows and one of four asleep are told; the stage of one is not known."""
    targets = np.array([0, 0, 1, 1, 1, 1, -1])
    told = np.eye(2, dtype=np.float32)[[0, 0, 1, 0, 0, 0, 1]]
    assert balanced_accuracy(targets, told) == 0.625


def test_cells_are_comparable_of_seeds_that_all_rows_have() -> None:
    """Each set by itself; a row that was not run at all holds back no other."""
    there = [("a", "x", 1), ("a", "x", 2), ("b", "x", 2), ("b", "x", 3), ("a", "y", 1), ("a", "y", 5)]
    cells_ = [Cell(row, {}, name, Path(name), seed) for row, name, seed in there]
    kept = [(cell.row, cell.name, cell.seed) for cell in comparable(cells_)]
    assert kept == [("a", "x", 2), ("b", "x", 2), ("a", "y", 1), ("a", "y", 5)]
