"""Differences are of pairs on one set with one seed, and say how many pairs a small one would need."""

from bench.paper.differences import markdown, pairs, pairs_needed
from bench.paper.plans import TABLES, Table
from bench.paper.tables import Row

TABLE = Table("Title", "f1", {"a": {}, "b": {}, "c": {}}, against={"b": "a", "c": "a"})


def seeds(*figures: float) -> list[Row]:
    """Return cells that converged."""
    return [{"converged": True, "f1": figure} for figure in figures]


def test_differences_by_hand() -> None:
    """Two sets of two seeds and of one; what found nothing counts as 0, and a set that only one row has counts not."""
    cells: dict[tuple[str, str], list[Row]] = {
        ("a", "x"): seeds(0.5, 0.6),
        ("b", "x"): seeds(0.6, 0.9),
        ("c", "x"): [*seeds(0.5), {"converged": False, "reason": "diverged"}],
        ("a", "y"): seeds(0.25),
        ("b", "y"): seeds(0.45),
        ("c", "z"): seeds(0.1),
    }
    assert [round(one, 9) for one in pairs(TABLE, cells, "b", ["x", "y", "z"])] == [0.1, 0.3, 0.2]
    assert pairs(TABLE, cells, "c", ["x", "y", "z"]) == [0.0, -0.6]
    # Half the interval is 4.303 standard errors of 0.0577; pairs: (2.8 * 0.1 / 0.03) squared.
    head, _, *lines = markdown(TABLE, cells, ["x", "y", "z"]).splitlines()
    assert head == "| row | less | pairs | difference of F1, 95 % interval | pairs for 0.03 |"
    assert [line for line in lines if line] == ["| b | a | 3 | +0.200 (-0.048 to +0.448) | 88 |"]


def test_a_steady_difference_needs_few_pairs() -> None:
    """As many as its spread over what it is worth asks for, squared."""
    assert pairs_needed([0.02, 0.04]) == 2
    assert pairs_needed([0.02, 0.04], worth=0.01) == 16


def test_two_pairs_say_nothing() -> None:
    """Their spread is chance, so there is no table."""
    assert markdown(TABLE, {("a", "x"): seeds(0.5, 0.5), ("b", "x"): seeds(0.6, 0.7)}, ["x"]) == ""


def test_rows_are_compared_with_rows_that_there_are() -> None:
    """None with itself; every table has some."""
    for table in TABLES.values():
        assert table.against
        assert set(table.against) | set(table.against.values()) <= set(table.rows)
        assert all(row != other for row, other in table.against.items())
