"""Tables of docs/papers.md, written from the committed result.

Command: python -m bench.paper.page [RESULT.json ...]: with results of `python -m bench.paper --json`, each of other
tables, these are joined and become the committed one.
"""

import json
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from bench.machine import ROOT
from bench.marked import RESULTS, committed, written
from bench.paper import differences, figure5b, figures, tables
from bench.paper.options import NAMES
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
        parts.append(figures.markdown(shown, cells, sets))
    return "\n".join(part for part in parts if part)


def page(result: dict[str, Any]) -> str:
    """Return the page with these tables."""
    return written(PAGE.read_text(encoding="utf-8"), "tables", COMMAND, text(result))


def joined(results: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Return one result of several, its tables in the order of all tables, with the settings of each.

    Raises
    ------
    ValueError
        if two of them hold the same table
    """
    tables_of, settings = dict[str, Any](), dict[str, Any]()
    for result in results:
        if twice := sorted(set(tables_of) & set(result["tables"])):
            raise ValueError(f"{twice[0]} is in two of the results; one table has one set of settings")
        tables_of |= result["tables"]
        settings |= dict.fromkeys(result["tables"], result["settings"])
    order = [name for name in NAMES if name in tables_of]
    return {**results[0], "tables": {name: tables_of[name] for name in order}, "settings": settings}


if __name__ == "__main__":
    if files := sys.argv[1:]:
        whole = joined([json.loads(Path(file).read_text(encoding="utf-8")) for file in files])
        (RESULTS / "papers.json").write_text(json.dumps(whole, indent=2) + "\n", encoding="utf-8")
    PAGE.write_text(page(committed("papers")), encoding="utf-8")
    sys.stderr.write(text(committed("papers")))
