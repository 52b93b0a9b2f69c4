"""The page on events names every field of the message, in a row of its own and no other, and agrees with the schema."""

import re

from stream.schema.journalled import IedEvent
from tests.test_architecture import ROOT


def test_every_field_has_a_row() -> None:
    """Under the name that leaves the process."""
    rows = re.findall(r"^\| `(\w+)` \|", (ROOT / "docs" / "events.md").read_text(encoding="utf-8"), re.MULTILINE)
    names = [field.serialization_alias or name for name, field in IedEvent.model_fields.items()]
    assert sorted(rows) == sorted(names)


def test_page_and_schema_say_that_lsl_time_is_on_the_clock_of_spikewatchs_host() -> None:
    """Who reads it by the sender's clock is wrong by the offset, which may be hours: acquire has added it by then."""
    # That it is so is shown by test_link_clocks: a sender two hours off is logged on this host's clock.
    page = (ROOT / "docs" / "events.md").read_text(encoding="utf-8")
    [row] = re.findall(r"^\| `lsl_time_s` \|.*", page, re.MULTILINE)
    for told in (row, IedEvent.model_fields["lsl_time_s"].description or ""):
        assert "clock of the host that runs Spikewatch" in told
