"""Ray gives the figures that cells in turn give; without it one line says what to install."""

import sys
from pathlib import Path

import pytest

from bench.paper.cells import Cell
from bench.paper.options import QUICK
from bench.paper.plans import TABLES
from bench.paper.running import carried_out
from models.errors import ModelsError
from tests.models.training.small_training import easy_set


def cells(folder: Path) -> list[Cell]:
    """Return two cells on an easy set."""
    data = easy_set(folder / "set").folder
    return [Cell(row, TABLES["table4"].rows[row], "easy", data, 1) for row in ("SC + SaSu", "+ PreBCE")]


def test_ray_and_local_give_equal_cells(tmp_path: Path) -> None:
    """All but the seconds that they took."""
    pytest.importorskip("ray", reason="ray is an extra: pip install 'spikewatch[ray]'")
    asked = cells(tmp_path)
    turn, rays = (
        {cell.row: {**row, "seconds": 0} for cell, row in carried_out(engine, asked, QUICK, tmp_path / engine)}
        for engine in ("local", "ray")
    )
    assert turn == rays
    assert len(turn) == 2


def test_without_ray_one_line_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The extra's name, and what to leave out."""
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(ModelsError, match=r"spikewatch\[ray\].*leave --engine ray out"):
        list(carried_out("ray", cells(tmp_path), QUICK, tmp_path / "runs"))
