"""The journal: cursor, coverage and messages move together, numbers are contiguous, and nothing is there twice."""

import json
from datetime import timedelta
from pathlib import Path

import pytest

from stream.logbook.journal import Journal
from stream.records import Coverage
from tests.stream.logbook.journals import SOURCE, START, message, sole_connection


def test_a_commit_moves_cursor_coverage_and_messages_together(journal: Journal) -> None:
    """After one commit all three are there."""
    assert journal.commit("bed-1", 1, 10, [Coverage(0, 10, "analysed", "")], [message(1), message(2)]) == [1, 2]
    assert journal.cursor("bed-1", 1) == 10
    assert journal.accounting("bed-1", 1) == {"analysed": 10}
    assert [json.loads(pending.payload)["seq"] for pending in journal.pending("bed-1", 9)] == [1, 2]


@pytest.mark.parametrize(
    ("cursor", "coverage"),
    [
        (20, [Coverage(0, 10, "analysed", "")]),
        # Sample 10 would have no fate.
        (20, [Coverage(11, 20, "analysed", "")]),
        # Sample 9 would have two.
        (20, [Coverage(9, 20, "analysed", "")]),
        (20, [Coverage(10, 15, "analysed", ""), Coverage(16, 20, "missing", "gap")]),
        (10, [Coverage(10, 10, "analysed", "")]),
        # Back: samples 5 to 9 would be analysed a second time.
        (5, []),
    ],
)
def test_coverage_that_does_not_lead_to_the_cursor_is_refused_whole(
    journal: Journal, cursor: int, coverage: list[Coverage]
) -> None:
    """A hole, an overlap or a short end changes nothing, messages included."""
    journal.commit("bed-1", 1, 10, [Coverage(0, 10, "analysed", "")])
    with pytest.raises(ValueError, match="coverage of bed-1/1"):
        journal.commit("bed-1", 1, cursor, coverage, [message(1)])
    assert (journal.cursor("bed-1", 1), journal.accounting("bed-1", 1)) == (10, {"analysed": 10})
    assert journal.last_seq("bed-1") == 0


def test_a_message_found_again_is_left_out_and_takes_no_number(journal: Journal) -> None:
    """Ids already present are ignored, and the numbers stay contiguous."""
    journal.commit("bed-1", 1, 5, [Coverage(0, 5, "analysed", "")], [message(1)])
    # Twice in one commit as well: a restarted detector may find in one round what it had found in two.
    again = [message(1), message(2), message(2)]
    assert journal.commit("bed-1", 1, 9, [Coverage(5, 9, "analysed", "")], again) == [2]
    assert [pending.seq for pending in journal.pending("bed-1", 9)] == [1, 2]


def test_each_bed_counts_for_itself(journal: Journal) -> None:
    """Numbers, cursors and outboxes of two beds do not touch."""
    journal.commit("bed-1", 1, 5, [Coverage(0, 5, "analysed", "")], [message(1)])
    assert journal.commit("bed-2", 1, 7, [Coverage(0, 7, "shed", "overload")], [message(2)]) == [1]
    assert (journal.cursor("bed-1", 1), journal.cursor("bed-2", 1)) == (5, 7)
    assert [pending.bed for pending in journal.pending("bed-2", 9)] == ["bed-2"]


def test_equal_neighbours_are_one_row_and_every_sample_has_one_fate(journal: Journal, journal_path: Path) -> None:
    """A hundred equal commits take one row, and the fates add up to the cursor."""
    for end in range(1, 101):
        journal.commit("bed-1", 1, end, [Coverage(end - 1, end, "analysed", "")])
    journal.commit("bed-1", 1, 400, [Coverage(100, 300, "missing", "gap"), Coverage(300, 400, "analysed", "")])
    assert journal.accounting("bed-1", 1) == {"analysed": 200, "missing": 200}
    rows = sole_connection(journal_path).rows('SELECT first, "end", fate FROM coverage ORDER BY first')
    assert rows == [(0, 100, "analysed"), (100, 300, "missing"), (300, 400, "analysed")]


def test_a_recording_keeps_its_ordinal(journal: Journal) -> None:
    """The same uid is the same recording; another is the next; each bed counts from 1."""

    def opened(bed: str, uid: str) -> int:
        return journal.open_recording(bed, uid, SOURCE, START, 100.0, 1.7e9)

    assert [opened("bed-1", "a"), opened("bed-1", "b"), opened("bed-1", "a"), opened("bed-2", "b")] == [1, 2, 1, 1]


def test_the_rate_counts_events_by_when_they_happened(journal: Journal) -> None:
    """Events of an hour ago that are journalled at once do not count as events of this minute."""
    journal.post("bed-1", [message(0), message(3500), message(3599), message(3550, "sleep")])
    # The clock stands at 3600 s: 3599 alone, as 3550 is no event and 3500 too early.
    assert journal.ied_rate("bed-1", 60) == 1
    # An hour reaches back to START itself, which counts.
    assert journal.ied_rate("bed-1", 3600) == 3


def test_events_come_in_order_of_their_numbers(journal: Journal) -> None:
    """All of a kind since an instant, across more than one page of the query."""
    # 2100 messages are three pages of 1000, the last one cut short.
    journal.post("bed-1", [message(number) for number in range(2100)])
    since = START + timedelta(seconds=50)
    # The message of second n is number n + 1, and that of the instant itself counts.
    assert [payload["seq"] for payload in journal.events("bed-1", since)] == list(range(51, 2101))


def test_the_newest_come_first(journal: Journal) -> None:
    """So many of one kind, whatever else the bed has."""
    journal.post("bed-1", [message(1), message(2, "sleep"), message(3), message(4)])
    assert [payload["id"] for payload in journal.newest("bed-1", "ied", 2)] == ["ied-4", "ied-3"]
