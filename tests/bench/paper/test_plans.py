"""Every row of every table is a recipe that can be trained."""

from pathlib import Path

import pytest

from bench.paper.cells import Cell, Extent
from bench.paper.plans import SYSTEM, TABLES
from bench.paper.systems import SYSTEMS
from models.datasets.windowset import Header
from models.training import network

ROWS = [(name, row) for name, table in TABLES.items() for row in table.rows if SYSTEM not in table.rows[row]]
# Long enough for the networks of spectrograms.
HEADER = Header("test", 2, 500, 125.0, unit="uV")


@pytest.mark.parametrize(("name", "row"), ROWS)
def test_a_row_is_a_recipe_of_a_network_that_exists(name: str, row: str) -> None:
    """With each rate and the seed; what it does not change is iEDeaL's."""
    extent = Extent(rates=(0.005, 0.02), parameters={"sc": {"width": 8}})
    recipes = Cell(row, TABLES[name].rows[row], "set", Path("set"), 7).recipes(extent)
    assert [(recipe.learning_rate, recipe.seed) for recipe in recipes] == [(0.005, 7), (0.02, 7)]
    assert network.parameters(recipes[0], HEADER)["channels"] == 2


def test_what_is_no_recipe_is_a_system_that_exists() -> None:
    """HDL in one table, AiED in two."""
    named = [changes[SYSTEM] for table in TABLES.values() for changes in table.rows.values() if SYSTEM in changes]
    assert sorted(named) == ["aied", "aied", "hdl"]
    assert set(named) == set(SYSTEMS)


def test_the_papers_figures_are_of_rows_and_sets_that_there_are() -> None:
    """A misspelt row would never be shown."""
    for table in TABLES.values():
        assert set(table.paper) <= set(table.rows)
        assert {name for row in table.paper.values() for name in row} <= {"TUEV3,3", "TUEV1,1", "TUEV1,3"}
