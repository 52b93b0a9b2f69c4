"""The list of controls in SECURITY.md names tests that are in the tree."""

import pytest

from tests.docs.test_hazards import NAMED, functions
from tests.test_architecture import ROOT

TEXT = (ROOT / "SECURITY.md").read_text(encoding="utf-8")
ROWS = [[cell.strip() for cell in line.strip("|").split("|")] for line in TEXT.splitlines() if line.startswith("| ")][
    1:
]


@pytest.mark.parametrize("cells", ROWS, ids=lambda cells: cells[0])
def test_every_test_that_a_control_names_is_in_the_tree(cells: list[str]) -> None:
    """Whatever else stands in the cell would be a test that is not looked for."""
    named = NAMED.findall(cells[-1])
    assert "<br>".join(f"`{file}::{test}`" for file, test in named) == cells[-1] != ""
    assert [(file, test) for file, test in named if test not in functions(ROOT / file)] == []


def test_there_are_controls() -> None:
    """Else the test above would look at nothing."""
    assert len(ROWS) > 8


@pytest.mark.parametrize("target", ["lock", "sbom", "audit"])
def test_the_targets_that_it_names_are_there(target: str) -> None:
    """In the Makefile, each with what it is for."""
    lines = (ROOT / "Makefile").read_text(encoding="utf-8").splitlines()
    assert any(line.startswith(f"{target}:") and "##" in line for line in lines)


def test_an_audit_that_could_not_ask_is_no_success() -> None:
    """Without this, pip-audit ends with 0 where its source of weaknesses is not reached."""
    assert "pip-audit --strict" in (ROOT / "Makefile").read_text(encoding="utf-8")
