"""Links in pages lead somewhere: to a file that is there, and to a heading that it has."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.test_architecture import ROOT

PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
GLOSSARY = ROOT / "docs" / "glossary.md"
# Links to other hosts are left out: tests must pass without a network.
LINK = re.compile(r"\]\((?!https?:)([^)#\s]*)(?:#([^)\s]+))?\)")
HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)


def name(page: Path) -> str:
    """Return a page as the repository knows it."""
    return page.relative_to(ROOT).as_posix()


def links(page: Path) -> Iterator[tuple[Path, str]]:
    """Yield the file and the heading of each link of a page into the repository."""
    # Fenced blocks hold code, in which brackets before parentheses are no links.
    prose = re.sub(r"^```.*?^```$", "", page.read_text(encoding="utf-8"), flags=re.DOTALL | re.MULTILINE)
    for file, heading in LINK.findall(prose):
        yield (page.parent / file).resolve() if file else page, heading


def anchors(page: Path) -> list[str]:
    """Return the headings of a page as links name them: small letters, hyphens for spaces, no other signs."""
    titles = HEADING.findall(page.read_text(encoding="utf-8"))
    return [re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles]


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_every_link_leads_somewhere(page: Path) -> None:
    """A newcomer finds what a page names."""
    assert [str(file) for file, _ in links(page) if not file.exists()] == []
    broken = [f"{name(file)}#{heading}" for file, heading in links(page) if heading and heading not in anchors(file)]
    assert broken == []


def test_the_glossary_has_every_word_once() -> None:
    """Pages link to its words, and a word has one sense."""
    words = anchors(GLOSSARY)
    assert len(words) == len(set(words))
    linked = {heading for page in PAGES for file, heading in links(page) if file == GLOSSARY and heading}
    assert linked
    assert linked <= set(words)


def test_words_of_a_part_are_in_order() -> None:
    """Alphabetical, so that a reader on paper finds them."""
    text = GLOSSARY.read_text(encoding="utf-8")
    for part in text.split("\n## ")[1:]:
        words = re.findall(r"^### (.+)$", part, re.MULTILINE)
        assert words
        assert words == sorted(words)
