"""Formats are found by name and by a file's ending."""

import pytest

from stream.cli.formats.registry import FORMATS, format_for, format_named
from stream.errors import ConfigError


def test_names_and_endings_are_unique() -> None:
    """Else one format would hide another."""
    assert all(name == found.name for name, found in FORMATS.items())
    assert len({found.ending for found in FORMATS.values()}) == len(FORMATS)


@pytest.mark.parametrize(("file", "name"), [("a.csv", "csv"), ("a.jsonl", "json"), ("events", "csv"), ("a.txt", "csv")])
def test_a_files_ending_chooses_its_format(file: str, name: str) -> None:
    """CSV where the ending is no format's."""
    assert format_for(file).name == name


def test_an_unknown_name_is_refused_with_those_that_there_are() -> None:
    """In one line."""
    with pytest.raises(ConfigError, match=r"^--format xlsx: no such format; give one of csv, json"):
        format_named("xlsx")
