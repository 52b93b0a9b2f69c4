"""A journal that is locked, read-only, out of reach or deleted: the bed goes on, and what it found waits."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest

from stream.detect import held, journal_gate
from stream.logbook import samplelog
from stream.logbook.journal import Journal
from tests.stream.bed_harness import BedHarness
from tests.stream.failing_journal import out_of_reach

LENGTH = 5120


@contextmanager
def locked(bed: BedHarness) -> Iterator[None]:
    """Let another program keep the journal's write lock."""
    # Without an isolation level, so that sqlite3 opens no transaction before the one that takes the lock.
    other = sqlite3.connect(bed.config.journal.path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    yield
    other.close()


@contextmanager
def read_only(bed: BedHarness) -> Iterator[None]:
    """Let nothing be written, as on a disk that the kernel has set to read-only."""
    bed.journal._file.rows("PRAGMA query_only = 1")
    yield
    bed.journal._file.rows("PRAGMA query_only = 0")


@contextmanager
def deleted(bed: BedHarness) -> Iterator[None]:
    """Delete the file under a parent that has it open too, and that writes it anew some time later."""
    parent = Journal(bed.config.journal.path)
    bed.config.journal.path.unlink()
    yield
    parent.restore()
    parent.close()


@contextmanager
def unreachable(bed: BedHarness) -> Iterator[None]:
    """Let its folder be entered no more, as after a change of permissions."""
    with out_of_reach(bed.config.journal.path):
        yield


@pytest.fixture
def expected(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return the ids that an undisturbed detector finds; then make room for another."""
    monkeypatch.setattr(journal_gate, "AGAIN_S", 0.0)
    monkeypatch.setattr(journal_gate, "PATIENCE_S", 0.05)
    (tmp_path / "undisturbed").mkdir()
    monkeypatch.setattr(samplelog, "SHARED_MEMORY", tmp_path / "undisturbed")
    bed = BedHarness(tmp_path / "undisturbed")
    bed.feed(LENGTH)
    bed.work()
    monkeypatch.setattr(samplelog, "SHARED_MEMORY", tmp_path)
    assert bed.ids()
    return bed.ids()


@pytest.mark.fault
@pytest.mark.parametrize(
    "fails",
    [locked, read_only, unreachable, deleted],
    ids=["m10-locked", "m10-read-only", "m10-unreachable", "m11-deleted"],
)
def test_m10_m11_a_bed_goes_on_while_the_journal_fails(
    tmp_path: Path, expected: list[str], fails: Callable[[BedHarness], AbstractContextManager[None]]
) -> None:
    """With an alarm, and what is found counted; afterwards the journal holds what it would have held anyway."""
    bed = BedHarness(tmp_path)
    bed.feed(1024)
    bed.work()
    before = len(bed.ids())
    with fails(bed):
        bed.feed(LENGTH)
        bed.work()
        report = bed.report()
        assert report.alarms["journal_failed"].endswith("what is found waits in memory")
        # Sleep stages wait beside them.
        assert report.unjournalled >= len(expected) - before > 0
        # Analysed is analysed: only what is shorter than a hop is pending.
        assert report.pending < 64
        assert set(report.scored_s) != set()
    assert bed.report().alarms == {}
    assert bed.ids() == expected
    bed.assert_numbered()
    bed.assert_accounted(LENGTH)


@pytest.mark.fault
def test_m10_a_detector_that_is_killed_while_it_holds_results_finds_them_again(
    tmp_path: Path, expected: list[str]
) -> None:
    """Its successor begins where the journal stands."""
    bed = BedHarness(tmp_path)
    bed.feed(1024)
    bed.work()
    with locked(bed):
        bed.feed(LENGTH)
        bed.work()
        bed.report()
    bed.kill_detector()
    bed.work()
    assert bed.ids() == expected
    bed.assert_numbered()
    bed.assert_accounted(LENGTH)


@pytest.mark.fault
def test_m10_what_is_held_is_bounded_and_the_rest_waits_in_the_ring(
    tmp_path: Path, expected: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """With two results in memory the bed stops there; with the journal back, it works off what came meanwhile."""
    monkeypatch.setattr(held, "MOST_MESSAGES", 2)
    bed = BedHarness(tmp_path)
    bed.feed(512)
    bed.work()
    with locked(bed):
        bed.feed(LENGTH)
        bed.work()
        report = bed.report()
        assert 2 <= report.unjournalled < len(expected)
        assert report.pending > 1024
    while bed.report().unjournalled or bed.round():
        bed.work()
    assert bed.ids() == expected
    bed.assert_accounted(LENGTH)
