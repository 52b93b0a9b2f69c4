"""The README tells the truth: its figures are those of the committed results, its map is that of the code.

Its links are followed with those of all pages, in `tests/docs`.
"""

import pytest

from bench.tables import README, page
from tests.test_architecture import ROOT


def test_the_table_of_figures_is_that_of_the_committed_results() -> None:
    """No figure in the README is older than the result it comes from."""
    assert README.read_text(encoding="utf-8") == page()


@pytest.mark.parametrize("room", sorted(path.parent.name for path in (ROOT / "stream").glob("*/__init__.py")))
def test_every_folder_of_the_live_side_is_on_the_map(room: str) -> None:
    """A folder that the README does not name is one that a newcomer opens last."""
    assert f"[{room}](stream/{room})" in README.read_text(encoding="utf-8")
