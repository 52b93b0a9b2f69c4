"""The table of hazards names controls that tests show: every test that it names is in the tree."""

import ast
import re
from pathlib import Path

import pytest

from tests.test_architecture import ROOT

PAGE = (ROOT / "docs" / "hazards.md").read_text(encoding="utf-8")
COLUMNS = ["row", "hazard", "cause", "control", "test"]
LINES = [[cell.strip() for cell in line.strip("|").split("|")] for line in PAGE.splitlines() if line.startswith("|")]
ROWS = LINES[2:]
COUNTS = {"L": 20, "S": 8, "I": 9, "M": 13, "P": 10}
NAMED = re.compile(r"`(tests/[\w/]+\.py)::(test_\w+)`")
# As the tests of faults have it: test_s1_s2_..., or "s2-flat" for a parameter.
ROWS_OF_A_TEST = re.compile(r"test_((?:[a-z]\d+_)+)")


def functions(path: Path) -> set[str]:
    """Return the names of the functions that stand in a file, outside of classes and other functions."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return {node.name for node in tree.body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)}


def faults() -> set[str]:
    """Return the rows that the names of fault tests have."""
    marked = [
        path for path in (ROOT / "tests" / "stream").rglob("test_*.py") if "mark.fault" in path.read_text("utf-8")
    ]
    found = [ROWS_OF_A_TEST.match(name) for path in marked for name in functions(path)]
    return {row.upper() for name in found if name for row in name[1].strip("_").split("_")}


def test_a_row_is_whole() -> None:
    """No hazard without a cause, a control and a test."""
    assert LINES[0] == COLUMNS
    assert len(ROWS) >= 15
    assert [cells for cells in ROWS if len(cells) != len(COLUMNS) or not all(cells)] == []


@pytest.mark.parametrize("cells", ROWS, ids=lambda cells: cells[0])
def test_every_test_that_a_row_names_is_in_the_tree(cells: list[str]) -> None:
    """Read and not collected: a test that is skipped on this machine is there all the same."""
    named = NAMED.findall(cells[-1])
    # Whatever else stands in the cell would be a test that is not looked for.
    assert "<br>".join(f"`{file}::{test}`" for file, test in named) == cells[-1]
    assert [(file, test) for file, test in named if test not in functions(ROOT / file)] == []


@pytest.mark.parametrize("cells", ROWS, ids=lambda cells: cells[0])
def test_the_names_of_a_rows_tests_have_its_id(cells: list[str]) -> None:
    """Who reads what `make test-faults` prints knows the row; of rows told together each has a test of its own."""
    carried = [ids_of(test) for _, test in NAMED.findall(cells[-1])]
    assert [test for test, ids in zip(NAMED.findall(cells[-1]), carried, strict=True) if not ids & row_ids(cells)] == []
    assert row_ids(cells) <= set().union(*carried)


def ids_of(test: str) -> set[str]:
    """Return the rows that a test's name has."""
    found = ROWS_OF_A_TEST.match(test)
    return set(found[1].upper().strip("_").split("_")) if found else set()


def row_ids(cells: list[str]) -> set[str]:
    """Return the rows that a line of the table is about."""
    return set(cells[0].split(", "))


def test_every_row_of_the_fault_table_has_a_test_or_is_said_to_have_none() -> None:
    """Twenty of streams, eight of signals, nine of inference, thirteen of delivery, ten of processes."""
    every = {f"{kind}{n}" for kind, last in COUNTS.items() for n in range(1, last + 1)}
    shown = {row for cells in ROWS for row in cells[0].split(", ")}
    [without] = re.findall(r"^## Rows that no test injects$(.*?)^## ", PAGE, re.MULTILINE | re.DOTALL)
    assert set(re.findall(r"\b[LSIMP]\d+\b", without)) == every - shown
    assert shown <= every


def test_a_row_has_one_place_and_fault_tests_have_rows() -> None:
    """Whoever reads the name of a fault test finds its row here."""
    rows = [row for cells in ROWS for row in cells[0].split(", ")]
    assert len(rows) == len(set(rows))
    assert faults()
    assert faults() <= set(rows)
