"""The page on alarms has an entry for each alarm, under its priority, with what the program itself says to do."""

import re

from bench.machine import ROOT
from stream.schema.alarms import ALARMS

PAGE = (ROOT / "docs" / "alarms.md").read_text(encoding="utf-8")
ENTRY = re.compile(r"^\| `(\w+)` \| (.+) \| (.+) \|$", re.MULTILINE)
SECTIONS = {"Not detecting": "not_detecting", "Degraded": "degraded", "Housekeeping": "housekeeping"}


def entries() -> list[tuple[str, str, str, str]]:
    """Return name, priority, meaning and action of each entry, in the order of the page."""
    sections = re.split(r"^## (.+)$", PAGE, flags=re.MULTILINE)[1:]
    return [
        (name, SECTIONS[title], meaning, action)
        for title, text in zip(sections[::2], sections[1::2], strict=True)
        for name, meaning, action in ENTRY.findall(text)
    ]


def test_every_alarm_has_one_entry_under_its_priority() -> None:
    """In the order of the registry; no entry is of an alarm that does not exist."""
    assert [entry[:2] for entry in entries()] == [(alarm.name, alarm.priority) for alarm in ALARMS.values()]


def test_the_page_says_to_do_what_status_and_page_say() -> None:
    """One list: a nurse who reads both must not find two answers."""
    assert {entry[0]: entry[3] for entry in entries()} == {alarm.name: alarm.action for alarm in ALARMS.values()}


def test_every_entry_says_what_the_alarm_means() -> None:
    """In a sentence at least, and not in the words of another alarm."""
    meanings = [entry[2] for entry in entries()]
    assert all(meaning.endswith(".") and len(meaning.split()) >= 5 for meaning in meanings)
    assert len(set(meanings)) == len(meanings)
