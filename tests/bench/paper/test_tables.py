"""A table shows the best bold, the second underlined, a dash for none, and the paper beside."""

import pytest

from bench.paper.plans import Table
from bench.paper.tables import Row, interval, markdown


def seed(f1: float) -> dict[str, object]:
    """Return a cell that converged."""
    return {"converged": True, "f1": f1}


def test_a_table_by_hand() -> None:
    """Two sets, three rows: one never converged and was not run on the other, one lost a seed."""
    table = Table("Title", "f1", {"a": {}, "b": {}, "c": {}}, {"a": {"TUEV1,1": 0.57}})
    cells: dict[tuple[str, str], list[Row]] = {
        ("a", "TUEV1,1"): [seed(0.5), seed(0.7)],
        ("b", "TUEV1,1"): [seed(0.4), {"converged": False}],
        ("c", "TUEV1,1"): [{"converged": False, "reason": "does not fit"}],
        ("a", "mine"): [seed(0.1)],
        ("b", "mine"): [seed(0.3)],
    }
    # 0.6 and half of the difference: 12.706 standard errors of 0.1 either side.
    assert markdown(table, cells, ["TUEV1,1", "mine"]).splitlines() == [
        "### Title",
        "",
        "|  | TUEV1,1 | mine | average rank |",
        "| --- | --- | --- | --- |",
        "| a | **0.60** (-0.67 to 1.87); paper 0.57 | <u>0.10</u> | 1.50 |",
        "| b | <u>0.40</u> (0.40 to 0.40, 1 of 2 lost) | **0.30** | 1.50 |",
        "| c | - | - (not run) | 3.00 |",
        "",
        "- c: does not fit",
    ]


def test_an_interval_is_that_of_a_mean() -> None:
    """Student's t of one degree of freedom: 12.706 standard errors."""
    assert interval([1, 3]) == pytest.approx((2 - 12.706, 2 + 12.706), abs=1e-3)
    assert interval([5]) == (5, 5)
