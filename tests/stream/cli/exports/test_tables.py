"""CSV: every field of `event/ied`, what was said of it, and what was not analysed."""

import csv
from pathlib import Path

from stream.cli.exports import tables
from stream.cli.exports.contract import SAID
from stream.schema.columns import IED_COLUMNS, flat
from tests.stream.cli.exports.example import judged


def test_every_field_of_the_message_is_a_column(tmp_path: Path) -> None:
    """With its value: numbers as they are, lists joined, keys within a key with a dot."""
    ieds, stretches = tables.write(judged(), tmp_path)
    with ieds.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    expected = flat(judged().events[0]) | {"channels": "F7-T3;T3-T5", "flags": "late"}
    expected |= {"labels": "blink;eyes, shut", "reviewers": "ann;bob"}
    assert rows[0] == {key: "" if value is None else str(value) for key, value in expected.items()}
    assert set(rows[0]) == {"time_s", *IED_COLUMNS, *SAID}
    assert stretches.read_text(encoding="utf-8").splitlines() == [
        "onset_s,duration_s,fate,reason", "0.0,1.5,rejected,start", "400.0,12.25,missing,no samples",
    ]  # fmt: skip
