"""Raw samples around events: cut from the ring, said to be missing where they are, and gone with their event."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest

from stream.errors import RecordError
from stream.logbook.journal import Journal, Outgoing
from stream.logbook.journal_file import JournalDatabase
from stream.logbook.purge import planned, purge
from stream.logbook.retention import BootTime, Retention
from stream.logbook.samplelog import SampleLogReader, SampleLogWriter
from stream.logbook.snippets import Snippet, Snippets, cut
from stream.schema.outgoing import audit_outgoing
from tests.stream.logbook.journals import START
from tests.stream.logbook.ramps import SOURCE, feed_all


def event(number: int, sample: int = 150) -> Outgoing:
    """Make an event that happened `number` seconds after START."""
    payload = {"id": f"e{number}", "seq": 0, "sample": sample, "cluster": "1-2"}
    return Outgoing(f"e{number}", "ied", "event/ied", payload, retain=False, utc=START + timedelta(seconds=number))


@pytest.fixture
def snippets(journal: Journal) -> Iterator[Snippets]:
    """Open the snippets of a journal that has two events."""
    journal.post("bed-1", [event(1), event(3600)])
    opened = Snippets(journal.path)
    yield opened
    opened.close()


@pytest.fixture
def ring(tmp_path: Path) -> Iterator[SampleLogReader]:
    """Write 4 s of a ramp at 100 Hz, with 30 samples missing from 200 on."""
    writer = SampleLogWriter.create(tmp_path / "long.ring", SOURCE, 60.0)
    feed_all(writer, [200, -30, 170])
    yield SampleLogReader.open(tmp_path / "long.ring")
    writer.close()


def some(value: float = 100.0) -> Snippet:
    """Make a snippet."""
    return Snippet(("Fp1", "ECG"), 100.0, np.array([[value, -3.0, np.nan], [0.001, 0.0, np.nan]], np.float32))


def test_a_snippet_is_a_second_on_either_side_and_a_gap_stays_unknown(ring: SampleLogReader) -> None:
    """All channels; of what the stream never sent, or the ring does not hold, nothing is made up."""
    whole = cut(ring, 100)
    assert (whole.labels, whole.samples.shape, whole.missing) == (SOURCE.labels, (2, 200), 0)
    np.testing.assert_array_equal(whole.samples, [np.arange(200), -np.arange(200)])
    gapped = cut(ring, 150)
    np.testing.assert_array_equal(gapped.samples[0], [*range(50, 200), *[np.nan] * 30, *range(230, 250)])
    assert gapped.missing == 30
    assert (cut(ring, 20).missing, cut(ring, 390).missing) == (80, 90)


def test_sixteen_bits_keep_every_channel_to_its_own_scale() -> None:
    """To half a step of 1/32767 of its largest value; what is unknown stays unknown, and zero zero."""
    back = Snippet.unpacked(("Fp1", "ECG"), 100.0, some().packed())
    np.testing.assert_allclose(back.samples, some().samples, atol=0.5 * 100 / 32767)
    np.testing.assert_allclose(back.samples[1], some().samples[1], atol=0.5 * 0.001 / 32767)
    zeros = Snippet(("Fp1",), 100.0, np.zeros((1, 4), np.float32))
    np.testing.assert_array_equal(Snippet.unpacked(("Fp1",), 100.0, zeros.packed()).samples, zeros.samples)


def test_it_goes_with_its_event_whoever_deletes_that(journal: Journal, snippets: Snippets) -> None:
    """Retention, the limit of size, and a purge; the other event keeps its own."""
    assert [(one.id, one.sample, one.recording) for one in snippets.wanted("bed-1", START)] == [
        ("e1", 150, 1), ("e3600", 150, 1),
    ]  # fmt: skip
    for name in ("e1", "e3600", "gone"):
        snippets.keep(name, some())
    assert (snippets.ids(), snippets.wanted("bed-1", START)) == ({"e1", "e3600"}, [])
    database = JournalDatabase(journal.path, create=False)
    plan = planned(journal, database, "bed-1", START + timedelta(seconds=60))
    purge(journal, database, plan, audit_outgoing("bed-1", "purge", plan.detail, START + timedelta(days=1)))
    database.close()
    assert (snippets.ids(), snippets.of("e1")) == ({"e3600"}, None)
    journal.acknowledge([one.rowid for one in journal.pending("bed-1", 9)], 0)
    time = BootTime("first", 1000.0)
    kept = Retention(journal._file, lambda: time)
    kept.prune(1.0)
    time = BootTime("first", 2000.0)
    assert (kept.prune(1.0), snippets.ids()) == (1, set())


def test_a_journal_that_is_too_large_loses_snippets_before_messages(journal: Journal, snippets: Snippets) -> None:
    """The samples are what takes the room, and the event stays told."""
    snippets.keep("e1", some())
    assert (journal.retention.shrink(1), snippets.ids()) == (1, set())
    assert [one["id"] for one in journal.events("bed-1", START)] == ["e1", "e3600"]


def test_a_full_disk_costs_the_snippet_alone(journal: Journal, snippets: Snippets) -> None:
    """One line says why; the event stands, and its snippet is still wanted."""
    pages = snippets._file.number("PRAGMA page_count")
    snippets._file.rows(f"PRAGMA max_page_count = {pages}")
    large = Snippet(("Fp1",), 100.0, np.ones((1, 100_000), np.float32))
    with pytest.raises(RecordError, match=r"journal\.db: database or disk is full; see that the disk has room"):
        snippets.keep("e1", large)
    snippets._file.rows("PRAGMA max_page_count = 1000000")
    assert [one.id for one in snippets.wanted("bed-1", START)] == ["e1", "e3600"]
    snippets.keep("e1", large)
    assert snippets.ids() == {"e1"}
    assert len(list(journal.events("bed-1", START))) == 2
