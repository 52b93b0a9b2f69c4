"""Questions that are asked all the time cost the same after weeks: counted in steps of SQLite's machine."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from stream.logbook.journal import Journal
from stream.logbook.journal_file import iso_utc
from stream.records import Coverage
from tests.stream.logbook.journals import SOURCE, START

MESSAGES = 20_000
FEW = 2_000
"""Steps; one for each message would be ten times as many."""


@pytest.fixture
def old(journal: Journal) -> Journal:
    """Return a journal with many events and gaps of one bed, an event a second."""
    rows = [
        (seq, f"e{seq}", f'{{"sample": {seq}, "cluster": "1-1"}}', iso_utc(START + timedelta(seconds=seq)))
        for seq in range(1, MESSAGES + 1)
    ]
    with journal._file.transaction() as database:
        database.executemany(
            "INSERT INTO messages (bed, seq, id, kind, topic, payload, retain, at_utc, created_utc) "
            "VALUES ('bed-1', ?, ?, 'ied', 't', ?, 0, ?, '')",
            rows,
        )
    ordinal = journal.open_recording("bed-1", "uid", SOURCE, START, 0.0, START.timestamp())
    gaps = [Coverage(at, at + 1, "missing" if at % 2 else "analysed", "") for at in range(MESSAGES)]
    journal.commit("bed-1", ordinal, MESSAGES, gaps)
    return journal


@pytest.mark.parametrize(
    ("ask", "found"),
    [
        (lambda journal: journal.newest("bed-1", "sleep", 1), 0),
        (lambda journal: journal.newest("bed-1", "ied", 20), 20),
        (lambda journal: list(journal.events("bed-1", START + timedelta(seconds=MESSAGES - 9))), 10),
        (lambda journal: journal.accounting("bed-1", 1), 2),
        (lambda journal: journal.recordings("bed-1"), 1),
    ],
    ids=["none-of-a-kind", "newest-events", "late-events", "accounting", "recordings"],
)
def test_what_is_asked_all_the_time_looks_at_little(old: Journal, ask: Callable[[Journal], Any], found: int) -> None:
    """However many messages and gaps lie before it."""
    steps: list[int] = []
    old._reading._database.set_progress_handler(lambda: steps.append(100), 100)
    assert len(ask(old)) == found
    assert sum(steps) < FEW
