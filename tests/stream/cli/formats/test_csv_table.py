"""A table for a spreadsheet: a header, and the columns that were named."""

import io

from stream.cli.formats.csv_table import CsvTable


def test_a_table_has_its_columns_and_no_other() -> None:
    """A key without a column is left out, a column without a key is empty, and a list stays within its cell."""
    out = io.StringIO()
    # "sample" has no column, "stage" no value.
    CsvTable(out, ("id", "flags", "stage")).write({"id": "a", "flags": ["late", "edge"], "sample": 7})
    assert out.getvalue() == "id,flags,stage\na,late;edge,\n"


def test_a_comma_in_a_field_stays_in_its_cell() -> None:
    """File and channel names come from strangers."""
    out = io.StringIO()
    CsvTable(out, ("file",)).write({"file": 'night, "bed 2".edf'})
    assert out.getvalue() == 'file\n"night, ""bed 2"".edf"\n'
