"""Texts of headers as they were meant: other code pages read as Latin-1, and letters that only look like ours.

EDF prescribes ASCII, and is read as Latin-1, in which every byte is a letter. What programs write there is in the code
page of the country that they were made for.
"""

import unicodedata
from collections.abc import Iterator
from typing import Final

CODE_PAGES: Final = (
    "utf-8", "cp1251", "cp866", "koi8-r", "cp1253", "cp437", "mac-roman", "shift-jis", "gbk", "big5", "euc-kr",
)  # fmt: skip
"""Of Russia, Greece, DOS, the Macintosh, Japan, China, Taiwan and Korea."""
# A keyboard that is set to Cyrillic or Greek has these where ours has those of the 10-20 system.
_LOOK_ALIKE: Final = str.maketrans(
    "\u0410\u0421\u0415\u0422\u041e\u0420\u041c\u0424\u0391\u039f\u03a4\u03a1\u039c", "ACETOPMFAOTPM"
)


def readings(text: str) -> Iterator[str]:
    """Yield what a text may be, itself first: in each code page, with wide letters as plain ones."""
    yield text
    if text.isascii():
        return
    yield _plain(text)
    for page in CODE_PAGES:
        try:
            yield _plain(text.encode("latin-1").decode(page))
        except UnicodeError:
            # Not in this code page, or not read as Latin-1.
            continue


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", text).translate(_LOOK_ALIKE)
