"""A sample log and a journal that several tests write to."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from stream.logbook.journal import Journal
from stream.logbook.samplelog import SampleLogWriter
from tests.stream.logbook.journals import START
from tests.stream.logbook.ramps import SOURCE


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Return a place for a ring."""
    return tmp_path / "bed.ring"


@pytest.fixture
def log(path: Path) -> SampleLogWriter:
    """Begin a recording whose ring holds 50 samples."""
    # Small enough that a few appends go round it, which is where a ring breaks.
    return SampleLogWriter.create(path, SOURCE, capacity_s=0.5)


@pytest.fixture
def journal_path(tmp_path: Path) -> Path:
    """Return the path of a journal not yet made."""
    return tmp_path / "journal.db"


@pytest.fixture
def journal(journal_path: Path) -> Iterator[Journal]:
    """Open a journal whose clock stands at START + 1 h."""
    opened = Journal(journal_path, now_utc=lambda: START + timedelta(hours=1))
    yield opened
    opened.close()
