"""Decision records have their parts, name real files, and show the committed figures."""

import re
from pathlib import Path

import pytest

from bench.decisions_tables import PAGES as FOLDER
from bench.decisions_tables import pages, tables

# The folder's README lists the records and is none.
RECORDS = sorted(path for path in FOLDER.glob("*.md") if path.name != "README.md")
SECTIONS = ["Context", "Decision", "Consequence", "Measured", "Where"]


@pytest.mark.parametrize("record", RECORDS, ids=lambda record: record.stem)
def test_a_record_has_its_sections_in_order(record: Path) -> None:
    """What was the case, what was decided, what follows; a measured figure where there is one; the files."""
    found = re.findall(r"^## (.+)$", record.read_text(encoding="utf-8"), re.MULTILINE)
    assert found in (SECTIONS, [section for section in SECTIONS if section != "Measured"])


@pytest.mark.parametrize("record", RECORDS, ids=lambda record: record.stem)
def test_a_record_names_the_files_that_carry_it_out(record: Path) -> None:
    """They exist, and are code."""
    where = record.read_text(encoding="utf-8").partition("\n## Where\n")[2]
    files = re.findall(r"\]\(([^)]+)\)", where)
    # An empty list would have no wrong file either.
    assert files
    assert [file for file in files if not (record.parent / file).is_file() or not file.endswith(".py")] == []


def test_every_record_is_listed() -> None:
    """In the folder's own page."""
    listed = re.findall(r"\]\(([\w-]+\.md)\)", (FOLDER / "README.md").read_text(encoding="utf-8"))
    assert sorted(listed) == [record.name for record in RECORDS]


def test_figures_are_those_of_the_committed_results() -> None:
    """Whoever measures anew writes the pages anew."""
    for name, text in pages().items():
        assert (FOLDER / f"{name}.md").read_text(encoding="utf-8") == text, (
            f"run python -m bench.decisions_tables: {name}"
        )


def test_every_measured_section_shows_something() -> None:
    """A table from results, or a link to where it stands."""
    for record in RECORDS:
        measured = record.read_text(encoding="utf-8").partition("\n## Measured\n")[2].partition("\n## ")[0]
        assert not measured or record.stem in tables() or "](" in measured, record.stem
