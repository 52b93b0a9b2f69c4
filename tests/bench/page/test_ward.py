"""The ward that is measured has beds that are well, and an hour of events."""

import asyncio
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
        staged = {bed.id: journal.newest(bed.id, "sleep", 1)[0]["stage"] for bed in ward.config.bed}
        beds = ward.beds(journal)
        for bed in beds.values():
            report(bed)
        # The stage is withdrawn on a thread.
        asyncio.run(journal.flush(60.0))
        numbers = PageState(ward.config, beds, dict).numbers()
        journal.stop()
    os.close(bell)
    ward.close()
    assert staged == {f"bed-{number}": "N2" for number in range(1, BEDS + 1)}
    assert numbers.keys() == staged.keys()
    for of in numbers.values():
        assert of["detecting"]
        # The oldest is an hour old when it is written.
        assert of["ied_rate"]["last_hour"] == IEDS - 1
        # Withdrawn as the bed begins: nobody has looked since.
        assert of["sleep"]["stage"] == "unknown"
