"""What is marked on traces: events and stretches of the recording that is in memory, by their samples."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from stream.config.keys import Bed, Config, JournalFile
from stream.logbook.journal import Journal
from stream.logbook.ring import lock_path
from stream.logbook.samplelog import SampleLogWriter, ring_path
from stream.records import Coverage
from stream.supervise.marks_view import EVERY_S, MarksView
from stream.supervise.rejected_spans import RejectedSpan
from tests.stream.hand_clock import HandClock
from tests.stream.logbook.ramps import SOURCE, feed
from tests.stream.review import three_foci


@pytest.fixture
def config(tmp_path: Path) -> Config:
    """Configure a bed with a journal."""
    return Config(bed=[Bed(id="bed-1")], journal=JournalFile(path=tmp_path / "events.db"))


@pytest.fixture
def log(config: Config) -> Iterator[SampleLogWriter]:
    """Begin the bed's sample log, of which the newest minute is kept, at 100 Hz."""
    path = ring_path(config, "bed-1")
    made = SampleLogWriter.create(path, SOURCE, 60.0)
    for _ in range(10):
        feed(made, 1000)
    yield made
    made.close()
    path.unlink()
    lock_path(path).unlink()


async def test_marks_are_those_of_the_recording_in_memory(config: Config, log: SampleLogWriter) -> None:
    """What lies before its oldest sample is left out; places are samples; read once however many look."""
    journal = Journal(config.journal.path)
    began = datetime(2026, 1, 1, tzinfo=UTC)
    ordinal = journal.open_recording("bed-1", log.recording, SOURCE, began, 0.0, began.timestamp())
    pieces = [
        Coverage(0, 100, "rejected", "start"), Coverage(100, 4500, "analysed", ""),
        Coverage(4500, 4700, "missing", "lost"), Coverage(4700, 9000, "analysed", ""),
    ]  # fmt: skip
    journal.commit("bed-1", ordinal, 9000, pieces)
    journal.close()
    # The newest of 10,000 samples came at 100 s.
    spans = [RejectedSpan("left", "loose", 10.0, 20.0), RejectedSpan("left", "noise", 90.0, 95.0)]
    clock = HandClock(0.0)
    view = MarksView(config, lambda _bed: spans, clock)
    told = await view.of("bed-1")
    assert told["recording"] == log.recording
    assert told["lost"] == [{"begin": 4500, "end": 4700, "reason": "lost"}]
    assert told["rejected"] == [
        {"group": "left", "reason": "broadband noise over the whole group", "begin": 9000, "end": 9500}
    ]
    assert told["events"] == []
    assert await view.of("bed-1") is told
    clock.now_s += EVERY_S
    assert await view.of("bed-1") is not told


async def test_events_are_marked_on_their_own_recording_alone(config: Config, log: SampleLogWriter) -> None:
    """Samples of another one are counted from another beginning."""
    three_foci.fill(config.journal.path, hours=2.0, events=4)
    clock = HandClock(0.0)
    view = MarksView(config, lambda _bed: [], clock)
    told = await view.of("bed-1")
    assert (told["recording"], told["events"], told["lost"]) == (log.recording, [], [])
    with closing(sqlite3.connect(config.journal.path)) as database, database:
        database.execute("UPDATE recordings SET uid = ?", (log.recording,))
    clock.now_s += EVERY_S
    told = await view.of("bed-1")
    events = told["events"]
    assert told["ordinal"] == 1
    assert [event["sample"] for event in events] == [230400, 691200, 1152000, 1612800]
    assert set(events[0]) == {"id", "sample", "group", "peak_channel", "probability", "utc"}


async def test_an_earlier_recording_that_is_dated_later_has_no_marks_on_this_one(
    config: Config, log: SampleLogWriter
) -> None:
    """The host's clock was set back between the two: by time alone the one's events would lie in the other."""
    three_foci.fill(config.journal.path, hours=2.0, events=4)
    with closing(sqlite3.connect(config.journal.path)) as database, database:
        database.execute("UPDATE recordings SET uid = ?, ordinal = 2", (log.recording,))
    told = await MarksView(config, lambda _bed: []).of("bed-1")
    assert (told["ordinal"], told["events"]) == (2, [])


async def test_without_a_stream_there_are_no_marks_and_without_a_journal_no_events(config: Config) -> None:
    """And neither is an error of the page."""
    assert await MarksView(config, lambda _bed: []).of("bed-1") == {}


async def test_a_journal_that_cannot_be_read_leaves_the_rest(config: Config, log: SampleLogWriter) -> None:
    """It has an alarm of its own."""
    config.journal.path.write_bytes(b"no journal")
    told = await MarksView(config, lambda _bed: [RejectedSpan("left", "gap", 90.0, 91.0)]).of("bed-1")
    assert [span["group"] for span in told["rejected"]] == ["left"]
    assert told["events"] == []
