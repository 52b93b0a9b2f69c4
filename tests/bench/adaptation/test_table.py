"""Rows of nested figures as a table."""

from bench.adaptation.table import table


def test_what_differs_is_a_column_and_what_does_not_stands_once() -> None:
    """An interval is three columns, also where one row has none."""
    rows = [
        {"clicks": 10, "loss": "bce", "at_6": {"before": 0.2, "ratio": [0.5, 0.1, 0.9]}},
        {"clicks": 20, "loss": "bce", "at_6": {"before": 0.2, "ratio": None}},
    ]
    assert table(rows) == {
        "in_every_row": {"loss": "bce", "at_6.before": 0.2},
        "columns": ["clicks", "at_6.ratio", "at_6.ratio.low", "at_6.ratio.high"],
        "rows": [[10, 0.5, 0.1, 0.9], [20, None, None, None]],
    }


def test_of_one_row_everything_is_a_column() -> None:
    """There is no other to differ from."""
    assert table([{"clicks": 10}]) == {"in_every_row": {}, "columns": ["clicks"], "rows": [[10]]}
