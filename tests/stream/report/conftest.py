"""One night for all tests of this folder: they only read it."""

from pathlib import Path

import pytest

from stream.cli.exports.journal import findings_of
from stream.config.keys import Bed
from stream.logbook.journal_reader import JournalReader
from stream.report.period import EVER, Period, period
from tests.stream.report import three_foci


@pytest.fixture(scope="session")
def night(tmp_path_factory: pytest.TempPathFactory) -> JournalReader:
    """Fill a journal with three foci."""
    path: Path = tmp_path_factory.mktemp("night") / "events.db"
    three_foci.fill(path)
    return JournalReader(path)


@pytest.fixture(scope="session")
def told(night: JournalReader) -> Period:
    """Sum the whole night up."""
    found = findings_of(night, "bed-1", EVER)
    assert found.began is not None
    return period(night, Bed(id="bed-1"), found, found.began)
