"""Formats are found by name, and a name that is none is refused."""

from pathlib import Path

import pytest

from stream.cli.exports.registry import EXPORTS, export_named
from stream.errors import ConfigError
from stream.findings import Findings


def test_an_unknown_name_is_refused_with_those_that_there_are() -> None:
    """In one line."""
    with pytest.raises(ConfigError, match=r"--format xlsx: no such format; give one of edf\+, bids, csv"):
        export_named("xlsx")


@pytest.mark.parametrize("name", EXPORTS)
def test_every_format_writes_a_bed_on_which_nothing_was(name: str, tmp_path: Path) -> None:
    """A list without events is a valid file, and the files that are named are there."""
    if name == "parquet":
        pytest.importorskip("pyarrow", reason="the extra [export] is not installed")
    written = export_named(name).write(Findings("bed-1", None, 0.0, (), (), ()), tmp_path)
    assert sorted(written) == sorted(tmp_path.iterdir()) != []
