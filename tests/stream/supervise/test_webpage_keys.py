"""The lists of keys against the keys that the pages bind: who presses `?` reads of every one, and of no other."""

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from stream.supervise.page_files import FOLDER

NAMES = {
    "ArrowLeft": "←", "ArrowRight": "→", "ArrowUp": "↑", "ArrowDown": "↓", "PageUp": "Page Up",
    "PageDown": "Page Down", "Escape": "Esc", " ": "Space", "=": "+",
}  # fmt: skip
"""How a key is called on a keyboard; = is the key of + without Shift."""
ROOT = Path(__file__).parents[3]


class Listed(HTMLParser):
    """Collects the keys that a page's list of keys names."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.keys, self._depth, self._in_key = set[str](), 0, False
        text = (FOLDER / page).read_text(encoding="utf-8").partition('<dialog id="help"')[2]
        self.feed(text.partition("</dialog>")[0])

    def handle_starttag(self, tag: str, _attributes: object) -> None:
        """Begin a key."""
        self._in_key = tag == "kbd"

    def handle_data(self, data: str) -> None:
        """Collect a key's name."""
        if self._in_key:
            self.keys.add(data)
        self._in_key = False


def bound(script: str, *tables: str) -> set[str]:
    """Return the names of the keys that a script's tables bind."""
    text, found = (FOLDER / script).read_text(encoding="utf-8"), set[str]()
    for table in tables:
        body = re.search(rf"^const {table} = \{{(.*?)\}};$", text, re.DOTALL | re.MULTILINE)
        assert body, table
        # A line of a table of several lines, or the pieces of one that stands on a line.
        keys = re.findall(r'(?:^|[\n,{])\s*(?:"([^"]+)"|([A-Za-z]\w*))(?:: |,$)', body[1])
        found |= {NAMES.get(key, key) for key in (quoted or plain for quoted, plain in keys)}
    return found


@pytest.mark.parametrize(
    ("page", "script", "tables", "numbered", "manual"),
    [
        ("index.html", "page.js", ("ON_WARD", "ON_BED", "ANYWHERE"), {"1", "9"}, "page.md"),
        ("review.html", "review.js", ("KEYS",), set[str](), "review.md"),
    ],
)
def test_the_list_of_keys_has_every_key_that_is_bound(
    page: str, script: str, tables: tuple[str, ...], numbered: set[str], manual: str
) -> None:
    """And no key that does nothing; the manual has each of them as well."""
    assert Listed(page).keys == bound(script, *tables) | numbered
    text = re.sub(r"```.*?```", "", (ROOT / "docs" / manual).read_text(encoding="utf-8"), flags=re.DOTALL)
    written = " ".join(re.findall(r"`([^`]+)`", text)).split(" ")
    assert [key for key in sorted(Listed(page).keys) if not set(key.split(" ")) <= set(written)] == []
