"""Lines for a program: every key of the event, whatever the columns are."""

import io
import json
from pathlib import Path

from stream.cli.formats.json_lines import JsonLines


def test_an_event_is_one_line_with_every_key() -> None:
    """In the order of its keys; letters of any language as they are; a path as text."""
    out = io.StringIO()
    writer = JsonLines(out, ("id",))
    writer.write({"id": "a", "file": Path("Übung.edf"), "flags": ("late",)})
    writer.write({"id": "b"})
    assert out.getvalue() == '{"id": "a", "file": "Übung.edf", "flags": ["late"]}\n{"id": "b"}\n'
    assert [json.loads(line)["id"] for line in out.getvalue().splitlines()] == ["a", "b"]
