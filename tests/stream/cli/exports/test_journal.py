"""Findings of the journal: two recordings of a bed on one time line."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from stream.cli.exports.journal import findings_of
from stream.findings import StageSpan, Stretch
from stream.logbook.journal import Journal, Outgoing
from stream.logbook.journal_reader import JournalReader
from stream.records import Coverage
from stream.review.bed_review import BedReview, post
from stream.schema.journalled import Verdict
from tests.stream.logbook.journals import SOURCE, START
from tests.stream.review import three_foci

EVER = datetime.min.replace(tzinfo=UTC)


@pytest.fixture
def journal(tmp_path: Path) -> JournalReader:
    """Fill a journal: 100 s with a gap of 5 s and one IED; 50 s later 20 s more, with a sleep stage."""
    writer = Journal(tmp_path / "journal.db")
    first = writer.open_recording("bed-1", "uid-1", SOURCE, START, 0.0, START.timestamp())
    pieces = [
        Coverage(0, 512, "rejected", "start"),
        Coverage(512, 10_240, "analysed", ""),
        Coverage(10_240, 11_520, "missing", "gap"),
        Coverage(11_520, 25_600, "analysed", ""),
    ]
    writer.commit("bed-1", first, 25_600, pieces, [outgoing("ied", 60.0)])
    late = START + timedelta(seconds=150)
    second = writer.open_recording("bed-1", "uid-2", SOURCE, late, 0.0, late.timestamp())
    writer.commit("bed-1", second, 5_120, [Coverage(0, 5_120, "analysed", "")], [outgoing("sleep", 165.0)])
    writer.close()
    return JournalReader(tmp_path / "journal.db")


def outgoing(kind: str, seconds: float) -> Outgoing:
    """Make a message of something that happened so long after START."""
    utc = START + timedelta(seconds=seconds)
    payload = {"id": f"{kind}-{seconds}", "utc": utc.isoformat(), "epoch_end_utc": utc.isoformat(), "stage": "N2"}
    payload["latency_ms"] = {"journal": None, "total": None}  # type: ignore[assignment]
    return Outgoing(f"{kind}-{seconds}", kind, f"x/{kind}", payload, retain=False, utc=utc)  # type: ignore[arg-type]


def test_recordings_lie_on_one_time_line(journal: JournalReader) -> None:
    """Gaps, rejected stretches and the time between two recordings are stretches that nobody looked at."""
    found = findings_of(journal, "bed-1", EVER)
    assert (found.began, found.seconds) == (START, 170.0)
    assert [(event["time_s"], event["standing"]) for event in found.events] == [(60.0, "open")]
    assert found.stages == (StageSpan(135.0, 30.0, "N2"),)
    assert found.stretches == (
        Stretch(0.0, 2.0, "rejected", "start"),
        Stretch(40.0, 5.0, "missing", "gap"),
        Stretch(100.0, 50.0, "missing", "no recording"),
    )


def test_what_reviewers_said_goes_with_the_events(night: JournalReader, tmp_path: Path) -> None:
    """A card accepted by one, an event of it called a blink by another, an undone word: as the review page has it."""
    path = tmp_path / "judged.db"
    three_foci.fill(path)
    writer = Journal(path)
    first = next(event["id"] for event in night.events("bed-1", EVER) if event["cluster"] == "1-1")
    clicks: list[tuple[str, Verdict, str, str]] = [
        ("1-1", "accept", "ann", ""),
        (first, "reject", "bob", "blink"),
        ("1-2", "reject", "bob", ""),
    ]
    for target, verdict, who, label in clicks:
        made = BedReview(writer, "bed-1", EVER).review(target, verdict, who, label)
        post(writer, made)
    post(writer, BedReview(writer, "bed-1", EVER).review(made.id, "undo", "bob"))
    writer.close()
    found = {event["id"]: event for event in findings_of(JournalReader(path), "bed-1", EVER).events}
    keys = ("standing", "labels", "reviewers")
    assert [found[first][key] for key in keys] == ["disputed", ["blink"], ["ann", "bob"]]
    by_standing = Counter((event["cluster"], event["standing"]) for event in found.values())
    assert by_standing == {("1-1", "disputed"): 1, ("1-1", "accepted"): 75, ("1-2", "open"): 29, ("1-3", "open"): 48}


def test_what_was_before_is_cut_off(journal: JournalReader) -> None:
    """Seconds are counted from the instant asked for; a gap that began before it is cut."""
    found = findings_of(journal, "bed-1", START + timedelta(seconds=42))
    assert (found.began, found.seconds) == (START + timedelta(seconds=42), 128.0)
    assert [event["time_s"] for event in found.events] == [18.0]
    assert found.stretches == (Stretch(0.0, 3.0, "missing", "gap"), Stretch(58.0, 50.0, "missing", "no recording"))


def test_a_bed_without_a_recording_since_then_has_nothing(journal: JournalReader) -> None:
    """No zero is invented for it."""
    assert findings_of(journal, "bed-1", START + timedelta(days=1)).began is None
    assert findings_of(journal, "bed-9", EVER).events == ()
