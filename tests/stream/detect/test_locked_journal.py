"""A journal that another program keeps locked: the detector ends with one line, and its next start loses nothing."""

import sqlite3
from pathlib import Path

import pytest

from stream.errors import RecordError
from stream.logbook import journal_file, samplelog
from tests.stream.bed_harness import BedHarness


def work_and_report(bed: BedHarness) -> None:
    """Do a second's work: without an event, it is the report that commits the coverage."""
    bed.work()
    bed.report()


@pytest.mark.parametrize("second_of_lock", [3, 8])
def test_a_detector_that_a_lock_ended_is_carried_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, second_of_lock: int
) -> None:
    """The events are those of an undisturbed detector, each once, and every sample has a fate."""
    # The policy is tested where the number is; here only what follows, in less time.
    monkeypatch.setattr(journal_file, "BUSY_TIMEOUT_S", 0.1)
    (tmp_path / "undisturbed").mkdir()
    monkeypatch.setattr(samplelog, "SHARED_MEMORY", tmp_path / "undisturbed")
    expected = BedHarness(tmp_path / "undisturbed")
    expected.feed(5120)
    expected.work()

    monkeypatch.setattr(samplelog, "SHARED_MEMORY", tmp_path)
    bed = BedHarness(tmp_path)
    bed.feed(256 * second_of_lock)
    bed.work()
    # Without an isolation level, so that sqlite3 opens no transaction before the one that takes the lock.
    other = sqlite3.connect(bed.config.journal.path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    bed.feed(512)
    with pytest.raises(RecordError, match="database is locked; another program keeps it locked"):
        work_and_report(bed)
    other.close()
    bed.kill_detector()
    bed.feed(5120)
    bed.work()
    assert bed.ids() == expected.ids() != []
    bed.assert_numbered()
    bed.assert_accounted(5120)
