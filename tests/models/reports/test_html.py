"""A page is one file, escapes every text, and asks for nothing from outside."""

import re
from html.parser import HTMLParser

from models.reports.html import Command, Facts, Figures, Section, Table, Tiles, page

# Every character that HTML gives a meaning.
NASTY = "<script>alert(\"1\")</script> & 'x'"


class Elements(HTMLParser):
    """Collects tags and the text under them."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.texts: list[str] = []

    def handle_starttag(self, tag: str, attrs: object) -> None:  # noqa: ARG002
        """Collect a tag."""
        self.tags.append(tag)

    def handle_data(self, data: str) -> None:
        """Collect a text."""
        self.texts.append(data)


def read(document: str) -> Elements:
    """Parse a page."""
    elements = Elements()
    elements.feed(document)
    return elements


def everything(text: str) -> str:
    """Make a page that says `text` in every place that takes text."""
    pairs = {text: text}
    parts = (text, Tiles(pairs), Facts(pairs), Table((text,), ((text,),)), Command(text))
    return page(text, [Section(text, parts)], lead=[text])


def test_everything_is_escaped() -> None:
    """Names come from strangers' files."""
    found = read(everything(NASTY))
    assert "script" not in found.tags
    # Title and heading of the page, heading of the section, the lead, and each part's texts.
    assert found.texts.count(NASTY) == 12


def test_a_page_fetches_nothing() -> None:
    """No address, no import, no script; and its own policy forbids them."""
    document = page("t", [Section("s", [Figures(["<svg></svg>"])])])
    assert not re.search(r"""(src|href)\s*=|@import|url\(|<script|<link""", document)
    assert "default-src 'none'" in document


def test_the_notice_is_on_every_page() -> None:
    """A person meets it first."""
    assert "not a medical device" in page("t", [])


def test_a_figure_stands_as_it_was_drawn() -> None:
    """SVG is the one thing that is not escaped."""
    assert "<figure><svg>a</svg></figure>" in page("t", [Section("s", [Figures(["<svg>a</svg>"])])])


def test_a_table_marks_the_chosen_row_and_text_columns() -> None:
    """Numbers stand right, texts left, the choice is seen."""
    table = Table(("rate", "ended"), (("0.01", "early"), ("0.02", "done")), texts=("ended",), chosen=1)
    document = page("t", [Section("s", [table])])
    # Rows are counted from 0: the chosen one is the second.
    assert '<tr class="chosen"><td>0.02</td><td class="text">done</td></tr>' in document
    assert "<tr><td>0.01</td>" in document
