"""One bed's status on a disk that may fail, with a hand-cranked clock and what it published."""

import os
from dataclasses import replace
from pathlib import Path

from stream.config.keys import Bed, Config
from stream.logbook.parent_journal import ParentJournal
from stream.schema.payload import Message
from stream.schema.states import Status
from stream.supervise.bed_status import BedStatus
from tests.stream.failing_journal import FailingJournal, alarm_events
from tests.stream.hand_clock import HandClock
from tests.stream.supervise.reports import ANALYSING, READY, STREAMING


class Harness:
    """A bed before its first report."""

    def __init__(self, folder: Path) -> None:
        self.disk = FailingJournal(folder / "journal.db")
        self.clock = HandClock()
        self.published: list[Message] = []
        self.posted_fd = os.eventfd(0, os.EFD_NONBLOCK)
        self.journal = ParentJournal(self.disk, self.posted_fd)
        self.bed = BedStatus(
            Config(bed=[Bed(id="bed-1")]), "bed-1", self.journal, self.published.append, clock=self.clock
        )

    def report_well(self) -> None:
        """Report that everything is well, now."""
        self.bed.on_report(replace(STREAMING, newest_arrival_s=self.clock.now_s))
        self.bed.on_report(READY)
        scored_s = dict.fromkeys(READY.groups, self.clock.now_s)
        self.bed.on_report(replace(ANALYSING, scored_s=scored_s))

    async def events(self) -> list[tuple[str, bool]]:
        """Return the journalled alarms once everything was tried."""
        await self.journal.flush(10)
        return alarm_events(self.disk)

    def statuses(self) -> list[tuple[str, list[str]]]:
        """Return state and alarms of each published status."""
        return [(status.state, list(status.alarms)) for status in self.published if isinstance(status, Status)]

    def topics(self) -> list[str]:
        """Return the topics of what was published."""
        return [message.topic() for message in self.published]

    def close(self) -> None:
        """Close what was opened."""
        self.journal.stop()
        self.disk.close()
        os.close(self.posted_fd)
