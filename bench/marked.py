"""Pages of documentation of which parts are written from committed results: what lies between two marks.

`<!-- NAME: COMMAND -->` begins a part and `<!-- end of NAME -->` ends it; the command writes it anew.
"""

import json
from collections.abc import Sequence
from typing import Any

from bench.machine import ROOT

RESULTS = ROOT / "bench" / "results"


def written(page: str, name: str, command: str, text: str) -> str:
    """Return a page with this text between the marks of a part.

    Raises
    ------
    ValueError
        When the page has no such marks.
    """
    # HTML comments: they do not show on a rendered page, and name the command to whoever edits the source.
    begin, end = f"<!-- {name}: {command} -->", f"<!-- end of {name} -->"
    before, begun, rest = page.partition(begin)
    _, ended, after = rest.partition(end)
    if not (begun and ended):
        raise ValueError(f"the page has no part from {begin} to {end}")
    return f"{before}{begin}\n{text}{end}{after}"


def markdown(head: Sequence[str], body: Sequence[Sequence[str]]) -> str:
    """Return a table."""
    lines = [head, ["---"] * len(head), *body]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def committed(name: str) -> dict[str, Any]:
    """Read a committed result."""
    read: dict[str, Any] = json.loads((RESULTS / f"{name}.json").read_text(encoding="utf-8"))
    return read
