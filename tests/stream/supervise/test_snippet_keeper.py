"""Snippets of a running bed: once the second after the peak has come, of the right recording, a full disk or not."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from stream.config.keys import Bed, Config, JournalFile, Review
from stream.errors import RecordError
from stream.logbook import samplelog
from stream.logbook.fates import open_recording
from stream.logbook.journal import Journal, Outgoing
from stream.logbook.parent_journal import ParentJournal
from stream.logbook.samplelog import SampleLogReader, SampleLogWriter, ring_path
from stream.logbook.snippets import Snippets
from stream.supervise.snippet_keeper import SnippetKeeper, keep_snippets
from tests.stream.logbook.journals import START
from tests.stream.logbook.ramps import SOURCE, feed


class Bedside:
    """A bed whose stream is at 100 Hz, its journal, and the keeper between them; `now` is the wall clock."""

    def __init__(self, folder: Path) -> None:
        self.config = Config(
            bed=[Bed(id="bed-1")], journal=JournalFile(path=folder / "j.db"), review=Review(snippets=True)
        )
        self.now = START
        self.journal = Journal(self.config.journal.path)
        self.keeper = SnippetKeeper(self.config, lambda: self.now)
        self.log = self._writer()
        self.recording = self._opened()

    def begin(self) -> None:
        """Begin another recording; a sample log has one writer."""
        self.log.close()
        self.log = self._writer()
        self.recording = self._opened()

    def _writer(self) -> SampleLogWriter:
        made = SampleLogWriter.create(ring_path(self.config, "bed-1"), SOURCE, 60.0)
        feed(made, 500)
        return made

    def _opened(self) -> int:
        return open_recording(self.journal, "bed-1", SampleLogReader.open(ring_path(self.config, "bed-1")))

    def event(self, sample: int) -> None:
        """Journal an event of the present recording."""
        name = f"e{sample}"
        payload = {"id": name, "seq": 0, "sample": sample, "cluster": f"{self.recording}-1"}
        self.journal.post("bed-1", [Outgoing(name, "ied", "event/ied", payload, retain=False, utc=self.now)])

    def missing(self) -> dict[str, int]:
        """Return what lacks of the snippets that are kept."""
        file = Snippets(self.config.journal.path)
        found = {name: snippet.missing for name in file.ids() if (snippet := file.of(name))}
        file.close()
        return found


@pytest.fixture
def bedside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bedside]:
    """Begin a recording of 5 s."""
    monkeypatch.setattr(samplelog, "SHARED_MEMORY", tmp_path)
    made = Bedside(tmp_path)
    yield made
    made.journal.close()
    made.log.close()


def test_a_snippet_is_kept_once_its_last_second_has_come(bedside: Bedside) -> None:
    """And once only; a stream that ends sooner is not waited for."""
    bedside.event(300)
    bedside.event(450)
    assert (bedside.keeper.turn(bedside.journal), bedside.missing()) == (1, {"e300": 0})
    assert bedside.keeper.turn(bedside.journal) == 0
    feed(bedside.log, 50)
    assert (bedside.keeper.turn(bedside.journal), bedside.missing()) == (1, {"e300": 0, "e450": 0})
    bedside.event(530)
    bedside.now += timedelta(seconds=11)
    bedside.keeper.turn(bedside.journal)
    assert bedside.missing()["e530"] == 80


def test_an_event_of_another_recording_is_not_cut_from_this_one(bedside: Bedside) -> None:
    """The same sample is another moment there: it is said that nothing was kept."""
    bedside.event(300)
    bedside.begin()
    bedside.event(310)
    assert bedside.keeper.turn(bedside.journal) == 2
    assert bedside.missing() == {"e300": 200, "e310": 0}


async def test_a_full_disk_is_one_line_and_the_snippet_comes_once_there_is_room(
    bedside: Bedside, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The parent goes on, the event stands, and the journal's health has the reason for its alarm."""
    parent, full = ParentJournal(bedside.journal, 0), [True]
    keep = Snippets.keep

    def kept(*given: object) -> None:
        if full[0]:
            raise RecordError("journal j.db: database or disk is full")
        keep(*given)  # type: ignore[arg-type]

    monkeypatch.setattr(Snippets, "keep", kept)
    bedside.event(300)
    with pytest.raises(RecordError, match="disk is full"):
        await parent.write("snippets", bedside.keeper.turn)
    assert parent.health.reason == "journal j.db: database or disk is full"
    full[0] = False
    assert (await parent.write("snippets", bedside.keeper.turn), parent.health.reason) == (1, "")
    parent.stop()


async def test_nothing_is_kept_unless_the_configuration_asks_for_it(bedside: Bedside) -> None:
    """By default no raw EEG touches a disk."""
    config = bedside.config.model_copy(update={"review": Review()})
    assert not config.review.snippets
    bedside.event(300)
    parent = ParentJournal(bedside.journal, 0)
    await keep_snippets(parent, config)
    parent.stop()
    assert bedside.missing() == {}
