"""Tables in JSON: a list of objects, lines of them, or an object that holds either a list or columns."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from models.datasets import tables
from models.errors import DataError

SUFFIXES: Final = (".json", ".jsonl")
REMEDY: Final = 'write a list of objects such as {"onset": 1.5, "label": "spike"}'


def read(path: Path) -> list[dict[str, str]]:
    """Read rows; names are without capitals and units, as those of a table, and values are texts.

    Raises
    ------
    DataError
        if it is no such JSON
    """
    content = tables.text(path).read()
    try:
        found = _objects(content)
    except (ValueError, RecursionError) as problem:
        raise DataError(f"{path.name}: is no JSON ({problem}); {REMEDY}") from None
    if not all(isinstance(one, dict) for one in found):
        raise DataError(f"{path.name}: holds something other than objects; {REMEDY}")
    return [{tables.plain_name(str(name)): _text(value) for name, value in one.items()} for one in found]


def _objects(content: str) -> Sequence[Any]:
    try:
        found = json.loads(content)
    except ValueError:
        # A line each.
        return [json.loads(line) for line in content.splitlines() if line.strip()]
    return _listed(found)


def _listed(found: Any) -> Sequence[Any]:  # noqa: ANN401  (whatever JSON holds)
    if isinstance(found, list):
        return found
    if not isinstance(found, dict):
        return [found]
    columns = [list(value.values()) if isinstance(value, dict) else value for value in found.values()]
    lists = [value for value in columns if isinstance(value, list)]
    if lists and len(lists) == len(found) and len({len(value) for value in lists}) == 1 and not _has_objects(lists):
        return [dict(zip(found, row, strict=True)) for row in zip(*lists, strict=True)]
    # Other keys (a version, a subject) are no marks.
    of_objects = [value for value in found.values() if isinstance(value, list) and _has_objects([value])]
    return of_objects[0] if len(of_objects) == 1 else [found]


def _has_objects(lists: Sequence[list[Any]]) -> bool:
    return any(isinstance(value, dict) for one in lists for value in one)


def _text(value: object) -> str:
    if isinstance(value, list):
        # As MNE-Python joins the names of several channels.
        return ":".join(map(_text, value))
    return "" if value is None else str(value).strip()
