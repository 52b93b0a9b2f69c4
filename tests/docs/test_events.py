"""The page on events names every field of the message, in a row of its own, and no other."""

import re

from stream.schema.journalled import IedEvent
from tests.test_architecture import ROOT


def test_every_field_has_a_row() -> None:
    """Under the name that leaves the process."""
    rows = re.findall(r"^\| `(\w+)` \|", (ROOT / "docs" / "events.md").read_text(encoding="utf-8"), re.MULTILINE)
    names = [field.serialization_alias or name for name, field in IedEvent.model_fields.items()]
    assert sorted(rows) == sorted(names)
