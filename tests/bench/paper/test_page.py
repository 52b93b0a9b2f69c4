"""docs/papers.md shows the committed result, and names what was not run."""

import pytest

from bench.marked import committed
from bench.paper.page import PAGE, joined, page, text


def test_the_page_shows_the_committed_result() -> None:
    """Written anew it is the same."""
    assert PAGE.read_text(encoding="utf-8") == page(committed("papers"))


def test_what_was_not_run_is_named() -> None:
    """It has no rank."""
    seed = {"converged": True, "f1": 0.5}
    shown = text({"tables": {"table4": [{"row": "SC + SaSu", "set": "mine", "seeds": [seed]}]}})
    assert "| SC + SaSu | **0.50** | 1.00 |" in shown
    assert "- (not run): + PreBCE, + IncNeg (iEDeaL)" in shown


def test_times_stand_beside_the_tables() -> None:
    """Figure 5b has no seeds and no ranks."""
    times = {"set": "mine", "seconds": {"SC": 2.0, "TST": 6.0}, "times_sc": {"SC": 1.0, "TST": 3.0}}
    assert "| TST | 6 (3) | 3 |" in text({"tables": {"figure5b": [times]}})


def test_results_of_several_commands_are_joined() -> None:
    """In the order of all tables, each with its settings; the same table twice is refused."""
    one = {"tables": {"table4": [], "figure5b": []}, "settings": {"by": "row"}, "machine": {}}
    other = {"tables": {"table2": []}, "settings": {"by": "subject"}, "machine": {}}
    whole = joined([one, other])
    assert list(whole["tables"]) == ["table2", "table4", "figure5b"]
    assert {name: settings["by"] for name, settings in whole["settings"].items()} == {
        "table4": "row", "figure5b": "row", "table2": "subject",
    }  # fmt: skip
    with pytest.raises(ValueError, match="table2 is in two"):
        joined([other, other])
