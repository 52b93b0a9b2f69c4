"""All figures of rows, and their differences, are those of the cells."""

import pytest

from bench.paper.figures import markdown
from bench.paper.plans import TABLES, Table
from bench.paper.tables import Row

TABLE = Table("Title", "f1", {"a": {}, "b": {}}, against={"b": "a"}, figures={"f1": "F1", "sleep_accuracy": "sleep"})


def seeds(*figures: float, **others: float) -> list[Row]:
    """Return cells that converged."""
    return [{"converged": True, "f1": figure, **others} for figure in figures]


def test_figures_and_differences_by_hand() -> None:
    """Three seeds; what one row does not have is a dash, and not compared."""
    cells = {("a", "x"): seeds(0.5, 0.6, 0.7, sleep_accuracy=0.9), ("b", "x"): seeds(0.6, 0.6, 0.9)}
    assert markdown(TABLE, cells, ["x"]).splitlines() == [
        "| x | F1 | sleep |",
        "| --- | --- | --- |",
        "| a | 0.600 (0.352 to 0.848) | 0.900 (0.900 to 0.900) |",
        "| b | 0.700 (0.270 to 1.130) | - |",
        "",
        "| row | less | F1 | sleep |",
        "| --- | --- | --- | --- |",
        "| b | a | +0.100 (-0.148 to +0.348) | - |",
    ]


def test_one_seed_has_no_interval_and_no_differences() -> None:
    """And a table without figures of its own shows none."""
    cells = {("a", "x"): seeds(0.5), ("b", "x"): seeds(0.6)}
    assert markdown(TABLE, cells, ["x"]).splitlines()[2:] == ["| a | 0.500 | - |", "| b | 0.600 | - |"]
    assert markdown(TABLES["table3"], cells, ["x"]) == ""


@pytest.mark.parametrize("name", ["siamese", "siamese-ablation"])
def test_siamese_es_shows_the_figures_of_its_abstract(name: str) -> None:
    """Sensitivity to AUPRC, and specificity and precision at its sensitivity."""
    assert {"recall", "specificity", "precision", "f1", "auroc", "auprc"} < set(TABLES[name].figures)
    assert {"sensitive_specificity", "sensitive_precision"} < set(TABLES[name].figures)
