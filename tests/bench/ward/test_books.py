"""Which messages count as missing or clashing, and where coverage has a hole."""

from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from bench.latency.listener import Listener, ReceivedMessage
from bench.ward import books
from bench.ward.live import Ward
from stream.logbook.journal import Journal, Outgoing
from stream.logbook.journal_reader import JournalReader
from stream.records import Coverage
from tests.stream.logbook.journals import START


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    """Journal three messages, and a hundred samples of which ten were lost."""
    opened = Journal(tmp_path / "journal.db")
    messages = [Outgoing(f"id-{n}", "ied", "event/ied", {"id": f"id-{n}"}, retain=False, utc=START) for n in range(3)]
    pieces = [Coverage(0, 50, "analysed", ""), Coverage(50, 60, "missing", "lost"), Coverage(60, 100, "analysed", "")]
    opened.commit("bed-1", 1, 100, pieces, messages)
    yield opened
    opened.close()


@pytest.fixture
def ward(journal: Journal) -> Ward:
    """Return as much of a ward as the books need."""
    config = SimpleNamespace(journal=SimpleNamespace(path=journal.path))

    def asked(question: Any) -> Any:  # noqa: ANN401  (whatever is asked)
        reader = JournalReader(journal.path)
        answer = question(reader)
        reader.close()
        return answer

    return cast("Ward", SimpleNamespace(place=SimpleNamespace(config=config, folder=journal.path.parent), asked=asked))


def heard(*messages: tuple[str, int]) -> Listener:
    """Return a listener that received these ids with these numbers."""
    return Listener([ReceivedMessage("s/bed-1/event/ied", {"id": name, "seq": seq}, 0.0) for name, seq in messages])


def test_what_never_came_is_missing(ward: Ward) -> None:
    """Twice is as good as once."""
    assert books.missing(ward, "bed-1", heard(("id-0", 1), ("id-2", 3), ("id-2", 3))) == [2]
    assert books.last_seq(ward, "bed-1") == 3


def test_one_id_has_one_number() -> None:
    """Sent again it is no clash; with another number, or another id at its number, it is."""
    assert books.clashes(heard(("id-0", 1), ("id-0", 1), ("id-1", 2)), "bed-1") == 0
    assert books.clashes(heard(("id-0", 1), ("id-0", 2)), "bed-1") == 1
    assert books.clashes(heard(("id-0", 1), ("id-1", 1)), "bed-1") == 1


def test_a_hole_in_the_coverage_is_found(ward: Ward, journal: Journal) -> None:
    """And the samples are counted by fate."""
    assert books.holes(ward, "bed-1") == 0
    assert books.fates(ward, "bed-1") == {"analysed": 90, "missing": 10}
    with journal._file.transaction() as database:
        database.execute("DELETE FROM coverage WHERE first = 50")
    assert books.holes(ward, "bed-1") == 1


def test_a_traceback_in_the_log_is_found(ward: Ward) -> None:
    """Whoever handled it did not log it."""
    log = ward.place.folder / "run.log"
    log.write_text('{"event": "alarm"}\nTraceback (most recent call last):\n', encoding="utf-8")
    assert books.tracebacks(ward) == ["Traceback (most recent call last):"]
    assert len(books.last_lines(ward)) == 2
