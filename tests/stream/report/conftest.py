"""One night for all tests of this folder: they only read it."""

import pytest

from stream.cli.exports.journal import findings_of
from stream.config.keys import Bed
from stream.logbook.journal_reader import JournalReader
from stream.report.period import EVER, Period, period


@pytest.fixture(scope="session")
def told(night: JournalReader) -> Period:
    """Sum the whole night up."""
    found = findings_of(night, "bed-1", EVER)
    assert found.began is not None
    return period(night, Bed(id="bed-1"), found, found.began)
