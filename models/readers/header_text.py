"""Headers that are text: what a section says, whatever its letters are in."""

import re
from collections.abc import Callable
from pathlib import Path


def text_of(path: Path) -> str:
    """Return a small text file: UTF-8, or else Latin-1, in which every byte is a letter."""
    content = path.read_bytes()
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("latin-1")


def section(text: str, name: str) -> str:
    """Return the lines of a section, "" where there is none."""
    found = re.search(rf"^\[{re.escape(name)}\][^\n]*\n(.*?)(?=^\[|\Z)", text, re.DOTALL | re.IGNORECASE | re.MULTILINE)
    return found[1] if found else ""


def value(text: str, key: str) -> str:
    """Return what stands behind a key, "" where it is not there."""
    found = re.search(rf"^\s*{re.escape(key)}\s*=[ \t]*(.*?)\s*$", text, re.IGNORECASE | re.MULTILINE)
    return found[1] if found else ""


def is_utf8(path: Path) -> bool:
    """Report whether a text is in UTF-8, as MNE takes every marker and layout to be."""
    try:
        path.read_bytes().decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def without_lines(text: str, name: str, is_kept: Callable[[str], bool]) -> tuple[str, int]:
    """Return a text without some lines of a section, and how many these are; empty lines stay."""
    before = section(text, name)
    lines = before.splitlines(keepends=True)
    kept = [line for line in lines if not line.strip() or is_kept(line)]
    return text.replace(before, "".join(kept), 1) if before else text, len(lines) - len(kept)


def count(text: str, key: str) -> int | None:
    """Return the whole number behind a key, None where there is none."""
    found = value(text, key)
    return int(found) if found.isdecimal() and found.isascii() else None
