"""Tables of docs/papers.md, written from the committed result: python -m bench.paper.page."""

import sys
from dataclasses import replace
from typing import Any, Final

from bench.machine import ROOT
from bench.marked import committed, written
from bench.paper import differences, figure5b, tables
from bench.paper.plans import TABLES

PAGE: Final = ROOT / "docs" / "papers.md"
COMMAND: Final = "python -m bench.paper.page"


def text(result: dict[str, Any]) -> str:
    """Return the tables of a result: rows that were run, then the names of those that were not."""
    parts = []
    for name, rows in result["tables"].items():
        if name not in TABLES:
            parts.append(figure5b.markdown(rows))
            continue
        cells = {(row["row"], row["set"]): row["seeds"] for row in rows}
        ran = {row: changes for row, changes in TABLES[name].rows.items() if any(row == one for one, _ in cells)}
        sets = list(dict.fromkeys(data for _, data in cells))
        # Rows that were not run would have ranks: they are named below the table instead.
        shown = replace(TABLES[name], rows=ran)
        parts.append(tables.markdown(shown, cells, sets))
        if missing := [row for row in TABLES[name].rows if row not in ran]:
            parts.append(f"- (not run): {', '.join(missing)}\n")
        parts.append(differences.markdown(shown, cells, sets))
    return "\n".join(part for part in parts if part)


def page(result: dict[str, Any]) -> str:
    """Return the page with these tables."""
    return written(PAGE.read_text(encoding="utf-8"), "tables", COMMAND, text(result))


if __name__ == "__main__":
    PAGE.write_text(page(committed("papers")), encoding="utf-8")
    sys.stderr.write(text(committed("papers")))
