"""Samples that came and were not analysed have a fate once a run has ended, whatever its detector had come to."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from stream.logbook import fates
from stream.logbook.fates import close_account, open_recording
from stream.logbook.journal import Journal
from stream.logbook.samplelog import SampleLogReader, SampleLogWriter
from stream.records import Coverage
from tests.stream.logbook.ramps import SOURCE

BED = "bed-1"


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    """Open a journal."""
    opened = Journal(tmp_path / "journal.db")
    yield opened
    opened.close()


@pytest.fixture
def ring(tmp_path: Path) -> Path:
    """Write a recording: 50 samples, 20 that were lost, 30 samples."""
    writer = SampleLogWriter.create(tmp_path / "bed.ring", SOURCE, 60.0)
    samples = np.zeros((len(SOURCE.labels), 50), np.float32)
    writer.append(samples, 100.0, 100.0)
    writer.gap(20, "lost", 100.5)
    writer.append(samples[:, :30], 101.0, 101.0)
    writer.close()
    return tmp_path / "bed.ring"


def pieces(journal: Journal) -> list[Coverage]:
    """Return what was not analysed."""
    return journal.not_analysed(BED, 1)


@pytest.mark.fault
def test_p9_what_the_detector_left_is_rejected_and_gaps_stay_gaps(
    journal: Journal, ring: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From where it stood; in pieces; once."""
    monkeypatch.setattr(fates, "_READ_AT_ONCE", 7)
    recording = open_recording(journal, BED, SampleLogReader.open(ring))
    journal.commit(BED, recording, 32, [Coverage(0, 32, "analysed", "")])
    assert close_account(journal, BED, ring) == 68
    assert journal.accounting(BED, recording) == {"analysed": 32, "missing": 20, "rejected": 48}
    assert {(piece.fate, piece.reason) for piece in pieces(journal)} == {("rejected", "stopped"), ("missing", "lost")}
    assert journal.cursor(BED, recording) == 100
    assert close_account(journal, BED, ring) == 0


@pytest.mark.fault
def test_p9_samples_that_no_detector_ever_saw_have_a_recording(journal: Journal, ring: Path) -> None:
    """It died before it had opened one."""
    assert close_account(journal, BED, ring) == 100
    assert journal.accounting(BED, 1) == {"missing": 20, "rejected": 80}


def test_a_bed_without_samples_has_nothing_to_close(journal: Journal, tmp_path: Path) -> None:
    """No log, or one into which nothing came."""
    assert close_account(journal, BED, tmp_path / "none.ring") == 0
    SampleLogWriter.create(tmp_path / "empty.ring", SOURCE, 60.0).close()
    assert close_account(journal, BED, tmp_path / "empty.ring") == 0
    assert journal.recordings(BED) == []


def test_watched_until_is_the_end_of_the_newest_recording(journal: Journal, ring: Path) -> None:
    """By the wall clock, which is what a person compares it with."""
    assert journal.watched_until(BED) is None
    close_account(journal, BED, ring)
    [recording] = journal.recordings(BED)
    until = journal.watched_until(BED)
    assert until is not None
    assert until.timestamp() == pytest.approx(recording.began_s + 100 / SOURCE.rate_hz, abs=1e-5)
