"""Rows of figures as a table: names once, a line of numbers a row, and apart what is the same in all of them."""

from collections.abc import Mapping, Sequence
from typing import Any


def table(rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return `in_every_row`, `columns` and `rows` of nested rows.

    Names of nested figures are joined by dots. Of an interval, `.low` and `.high` follow its middle; all three are None
    where there is none.
    """
    flat = [_flat(row) for row in rows]
    # An interval that cannot be given in one row has the columns of the others.
    names = list(dict.fromkeys(name for row in flat for name in row))
    columns = [[row.get(name) for name in names] for row in flat]
    same = [len(rows) > 1 and all(row[at] == columns[0][at] for row in columns) for at in range(len(names))]
    return {
        "in_every_row": {name: columns[0][at] for at, name in enumerate(names) if same[at]},
        "columns": [name for at, name in enumerate(names) if not same[at]],
        "rows": [[value for at, value in enumerate(row) if not same[at]] for row in columns],
    }


def _flat(row: Mapping[str, Any], before: str = "") -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in row.items():
        if isinstance(value, Mapping):
            found |= _flat(value, f"{before}{name}.")
        elif isinstance(value, list):
            found |= dict(zip((before + name + end for end in ("", ".low", ".high")), value, strict=True))
        else:
            found[before + name] = value
    return found
