"""Tables of marks as programs of different countries save them."""

from pathlib import Path

import pytest

from models.datasets import mark_tables
from models.datasets.annotations import Mark
from models.datasets.mark_times import Extent
from models.errors import DataError


@pytest.mark.parametrize("between", [";", "\t"])
def test_a_table_as_excel_saves_it_elsewhere(tmp_path: Path, between: str) -> None:
    """Semicolons or tabs, a decimal comma, names with capitals, a mark before the first."""
    rows = [["\ufeffOnset", "Duration", "Label"], ["3,5", "0", "IED"], ["9", "0,25", "spike"]]
    (tmp_path / "a.csv").write_text("".join(between.join(row) + "\r\n" for row in rows), encoding="utf-8")
    assert mark_tables.notes(tmp_path / "a.csv", Extent()) == [Mark(3.5, 0.0, "IED"), Mark(9.0, 0.25, "spike")]


def test_a_comma_between_commas_may_be_a_thousand(tmp_path: Path) -> None:
    """So it is refused, and not guessed."""
    (tmp_path / "a.csv").write_text('onset,duration,label\n"1,234",0,spike\n', encoding="utf-8")
    with pytest.raises(DataError, match='"1,234" is no number of seconds'):
        mark_tables.notes(tmp_path / "a.csv", Extent())


@pytest.mark.parametrize("name", ["onset_s", "Onset (s)", "onset [sec]", "ONSET(seconds)", "onset_sec"])
def test_a_column_may_name_its_unit_seconds(tmp_path: Path, name: str) -> None:
    """And in no other unit: milliseconds taken for seconds would lie outside every recording."""
    table = tmp_path / "a.csv"
    table.write_text(f"{name},duration_s,label\n1.5,0.1,spike\n")
    assert mark_tables.notes(table, Extent()) == [Mark(1.5, 0.1, "spike", "")]
    table.write_text("onset_ms,duration_ms,label\n1500,100,spike\n")
    with pytest.raises(DataError, match="has no column onset"):
        mark_tables.notes(table, Extent())


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_a_table_as_other_programs_export_it(tmp_path: Path, encoding: str) -> None:
    """EDFbrowser's names, Excel's hint at the separator, rows that were emptied."""
    table = tmp_path / "a.csv"
    table.write_text("sep=;\nOnset;Duration;Annotation\n1,5;;spike\n;;\n", encoding=encoding)
    assert mark_tables.notes(table, Extent()) == [Mark(1.5, 0.0, "spike", "")]


def test_what_is_no_text_is_refused(tmp_path: Path) -> None:
    """A workbook, and letters in a code page."""
    table = tmp_path / "a.csv"
    for content, said in ((b"PK\x03\x04rest", "is a workbook"), (b"onset,label\n1,M\xfcller\n", "is not UTF-8")):
        table.write_bytes(content)
        with pytest.raises(DataError, match=said):
            mark_tables.notes(table, Extent())
