"""Every how-to page works: a reader who follows it step by step ends with code that runs and tests that pass."""

from pathlib import Path

import pytest

from tests.docs.pages import Tree, steps
from tests.test_architecture import ROOT

PAGES = sorted((ROOT / "docs" / "how-to").glob("*.md"))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_a_page_can_be_followed(page: Path, tmp_path: Path) -> None:
    """On a copy of the tree; the page's own commands are its check."""
    Tree(tmp_path).follow(page)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_a_page_ends_with_a_check(page: Path) -> None:
    """Else following it would prove nothing: the last steps run something and say what it prints."""
    # A set, for their order is given: a `text` block checks what the `sh` block above it printed.
    assert {"sh", "text"} == {step.kind for step in steps(page)[-2:]}
