"""The page itself: one file, nothing fetched, and what nobody may conclude from it."""

import re
from dataclasses import replace
from datetime import timedelta
from html import escape

import pytest

from models.evaluation.promise import Promise
from stream.report.document import NOT_SHOWN, Origin, document
from stream.report.period import Period
from tests.stream.logbook.journals import START

HOSTILE = "<script>alert(1)</script>"
ORIGIN = Origin("demo", "0.1.0", START + timedelta(hours=5), "spikewatch report --out r.html")


@pytest.fixture(scope="module")
def text(told: Period) -> str:
    """Write the night as a page."""
    return document(told, ORIGIN)


def test_a_page_has_all_its_parts_and_asks_for_nothing(text: str) -> None:
    """No script, no address; a head and an average for each focus."""
    for heading in (
        "What this page cannot tell",
        "Over time",
        "By focus and stage",
        "Spike-wave index",
        "Focus 1-1",
        "Is the record long enough?",
        "What people said",
        "Technical alarms",
        "How this page was made",
    ):
        assert heading in text
    assert not re.search(r"<script|https?:(?!//www.w3.org/2000/svg\")|src=|@import|url\((?!#)", text)
    assert (text.count("Averaged waveform"), text.count("Field over the head")) == (3, 3)
    assert all(escape(line) in text for line in NOT_SHOWN)
    assert "sc-small abab" in text
    assert "No share of true events is promised" in text
    ids = re.findall(r' id="([^"]*)"', text)
    assert len(ids) == len(set(ids)) == 2


def test_numbers_on_the_page_are_those_of_the_period(text: str, told: Period) -> None:
    """The first focus with its events, the alarm with its length, the coverage rounded down."""
    assert f"<dt>events</dt><dd>{len(told.found.events)}</dd>" in text
    assert "<dd>95 %</dd>" in text
    assert "<td>missing: gap</td><td>10.0 min</td><td>4.2 %</td>" in text
    assert f"<td>{told.foci[0].name}</td>" in text
    assert '<td class="text">10.0 min</td>' in text


def test_a_promise_is_told_as_one(told: Period) -> None:
    """With what it rests on, and that it changes nothing by itself."""
    text = document(replace(told, promise=Promise(0.9, 0.8, 0.81, 14, 14)), ORIGIN)
    assert "From threshold 0.900 on, at least 80% of the events are true, at 95 % (14 of 14" in text


def test_hostile_names_are_text(told: Period) -> None:
    """A stream may call its channels as it likes."""
    events = tuple(event | {"engine": HOSTILE, "lead_channel": HOSTILE} for event in told.found.events)
    spell = replace(told.alarms[0], reason=HOSTILE)
    text = document(replace(told, found=replace(told.found, events=events), alarms=[spell]), ORIGIN)
    assert "<script" not in text
    assert "&lt;script&gt;" in text


def test_a_flood_of_alarms_leaves_a_page_that_can_be_printed(told: Period) -> None:
    """The last ones, and how many there were before."""
    flood = [replace(told.alarms[0], began=told.began + timedelta(seconds=at)) for at in range(205)]
    text = document(replace(told, alarms=flood), ORIGIN)
    assert text.count("<td>signal lost</td>") == 200
    assert "The last 200; 5 came before them." in text


def test_a_period_without_events_says_so(told: Period) -> None:
    """No division by nothing, no detector that nobody named."""
    empty = replace(told.found, events=(), stages=())
    quiet = replace(told, found=empty, foci=(), alarms=(), stability=replace(told.stability, counts={}))
    text = document(quiet, ORIGIN)
    for words in ("made no event", "No stage of sleep is known", "There are no events to compare", "There was none"):
        assert words in text
    assert "nan" not in text.lower()
