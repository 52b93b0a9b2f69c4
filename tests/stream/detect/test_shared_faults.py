"""Faults that are no single bed's: the journal's, and the end of the process."""

from pathlib import Path

import pytest

from stream.condition import Condition
from stream.errors import RecordError
from stream.logbook import samplelog
from stream.logbook.journal import Journal
from tests.stream.detect.two_beds import BEDS, Host


@pytest.fixture(autouse=True)
def rings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Put the rings into a place of their own."""
    monkeypatch.setattr(samplelog, "SHARED_MEMORY", tmp_path)


def test_a_journal_that_fails_is_every_beds_alarm_and_stops_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing counts as analysed in the journal that is not on disk; what is found waits."""
    host = Host(tmp_path, "sc-small")

    def full(*_given: object) -> list[int]:
        raise RecordError("journal: the disk is full")

    monkeypatch.setattr(Journal, "commit", full)
    host.play(*BEDS)
    for name in BEDS:
        assert host.report(name).alarms == {
            "journal_failed": "journal: the disk is full; what is found waits in memory"
        }
        assert host.report(name).unjournalled > 0
        assert host.journal.accounting(name, 1) == {}


def test_an_interruption_is_no_bed_s_fault(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """SIGTERM ends the process, wherever it is."""
    host = Host(tmp_path, "sc-small")

    def stopped(*_given: object) -> None:
        raise SystemExit(0)

    monkeypatch.setattr(Condition, "push", stopped)
    with pytest.raises(SystemExit):
        host.play(*BEDS)
