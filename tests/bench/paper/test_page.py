"""docs/papers.md shows the committed result, and names what was not run."""

from bench.marked import committed
from bench.paper.page import PAGE, page, text


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
