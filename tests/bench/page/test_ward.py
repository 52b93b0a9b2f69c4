"""The ward that is measured has beds that are well, and an hour of events."""

import os
from contextlib import closing
from pathlib import Path

from bench.page.ward import BEDS, IEDS, Ward, report
from stream.logbook.journal import Journal
from stream.logbook.parent_journal import ParentJournal
from stream.supervise.page_state import PageState
from tests.ports import free_port


def test_sixteen_beds_are_watched_and_have_their_events(tmp_path: Path) -> None:
    """As the page is told; without a browser."""
    ward = Ward(tmp_path, free_port())
    bell = os.eventfd(0, os.EFD_NONBLOCK)
    with closing(Journal(ward.config.journal.path)) as file:
        journal = ParentJournal(file, bell)
        beds = ward.beds(journal)
        for bed in beds.values():
            report(bed)
        numbers = PageState(ward.config, beds, dict).numbers()
        journal.stop()
    os.close(bell)
    ward.close()
    assert len(numbers) == BEDS
    for of in numbers.values():
        assert of["detecting"]
        # The oldest is an hour old when it is written.
        assert of["ied_rate"]["last_hour"] == IEDS - 1
        # Stages are there; the newest is withdrawn as the bed begins, as soon as the journal's thread comes to it.
        assert of["sleep"]["stage"] in ("N2", "unknown")
