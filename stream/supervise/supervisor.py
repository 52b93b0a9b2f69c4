"""The parent's heart: keeps the processes alive, and shows the state of every bed over MQTT, metrics and page."""

import asyncio
import os
import time
from contextlib import suppress
from typing import Any, Final

from stream.config.keys import Config
from stream.logbook.journal import Journal
from stream.logbook.journal_lock import JournalLock
from stream.logbook.parent_journal import ParentJournal
from stream.logbook.ring import lock_path
from stream.logbook.samplelog import ring_path
from stream.publish.publisher import Publisher
from stream.schema.reports import TRACES_REST_FROM, DetectReport, Report
from stream.schema.states import Heartbeat
from stream.supervise.audit import FLUSH_S, Audit
from stream.supervise.bed_status import BedStatus
from stream.supervise.children import Child, ProcessChange
from stream.supervise.crash_loop import CrashLoop
from stream.supervise.metrics import Metrics
from stream.supervise.notify import Notifier
from stream.supervise.page import Page
from stream.supervise.page_state import PageState
from stream.supervise.reloading import changes, fingerprint
from stream.supervise.snippet_keeper import keep_snippets
from stream.supervise.tidying import tidy

TICK_S: Final = 0.5
STATES_EVERY_S: Final = 10.0
DETECT: Final = "detect"
DETECT_MODULE: Final = "stream.detect"
ACQUIRE_MODULE: Final = "stream.acquire"


class Supervisor:
    """The children, the journal, and the three ways in which beds are shown.

    Raises
    ------
    ConfigError
        if a port is taken or the broker's password cannot be read
    RecordError
        if the journal cannot be used, or another process uses it
    """

    def __init__(self, config: Config) -> None:
        # Every outside thing (journal, ports) is taken before a child starts: a user learns at once what to mend.
        self._config = config
        self._lock = JournalLock(config.journal.path)
        self._wake_fd = os.eventfd(0, os.EFD_NONBLOCK)
        self._commit_fd = os.eventfd(0, os.EFD_NONBLOCK)
        self._file = Journal(config.journal.path)
        self._file.extend_wal()
        self._journal = ParentJournal(self._file, self._commit_fd)
        self._audit = Audit(config, self._journal)
        self._metrics = Metrics(config)
        self._metrics.count_at_scrapes(self._journal)
        self._publisher = Publisher(config, self._journal, self._heartbeat, self._commit_fd)
        self._beds = {bed.id: BedStatus(config, bed.id, self._journal, self._publisher.set_state) for bed in config.bed}
        shown = PageState(config, self._beds, self._mqtt)
        self._page = Page(config, shown.snapshot, self._journal, shown.rejected, shown.numbers)
        self._notifier = Notifier.of()
        self._crashes = CrashLoop(time.monotonic)
        self._detect = self._child(DETECT, DETECT_MODULE, self._detector_task(), spare=True)
        self._stopping = False

    async def run(self, stopped: asyncio.Event) -> None:
        """Run everything until `stopped`, then end it in order: the children first, then what reports of them."""
        stop_metrics = self._metrics.serve()
        self._audit.start(fingerprint(self._config))
        try:
            async with asyncio.TaskGroup() as tasks:
                detect, acquires = self._detect, self._acquires()
                watched = [tasks.create_task(detect.run(), name=detect.name)]
                watched += [tasks.create_task(_after(detect, acquire), name=acquire.name) for acquire in acquires]
                watched.append(tasks.create_task(self._tick(), name="tick"))
                watched.append(tasks.create_task(self._announce(), name="announce"))
                watched.append(tasks.create_task(tidy(self._journal, self._config.journal), name="tidy"))
                watched.append(tasks.create_task(keep_snippets(self._journal, self._config), name="snippets"))
                tasks.create_task(self._publisher.run(), name="publish")
                tasks.create_task(self._page.run(), name="page")
                await stopped.wait()
                self._stopping = True
                self._notifier.stopping()
                await _cancel(watched)
                await self._audit.close_accounts()
                self._audit.note("stop")
                for bed in self._beds.values():
                    bed.withdraw_stage()
                # The publisher ends with what it finds in the journal: the last audit line must be there by then.
                await self._journal.flush(FLUSH_S)
                self._publisher.stop()
                await self._page.stop()
        finally:
            stop_metrics()
            self._delete_samples()
            self._journal.stop()
            self._file.close()
            self._lock.release()
            os.close(self._wake_fd)
            os.close(self._commit_fd)

    # ---- the children ----

    def reload(self, config: Config) -> None:
        """Take over the thresholds of a changed configuration; the detector is started again, and nothing is lost.

        Raises
        ------
        ConfigError
            if another key has changed; then nothing is taken over
        """
        changed = changes(self._config, config)
        if changed:
            self._config = config
            self._detect.restart(self._detector_task())
        self._audit.note("reload", {"config_sha256": fingerprint(config), **changed})

    def _detector_task(self) -> dict[str, Any]:
        config = self._config.model_dump(mode="json")
        return {"config": config, "wake_fd": self._wake_fd, "commit_fd": self._commit_fd}

    def _acquires(self) -> list[Child]:
        config = self._config.model_dump(mode="json")
        tasks = {bed: {"config": config, "bed": bed, "wake_fd": self._wake_fd} for bed in self._beds}
        return [self._child(_acquire(bed), ACQUIRE_MODULE, task) for bed, task in tasks.items()]

    async def _announce(self) -> None:
        """Tell systemd that the service has started, once the detector reports."""
        await self._detect.ready.wait()
        self._notifier.ready()

    def _child(self, name: str, module: str, task: dict[str, Any], *, spare: bool = False) -> Child:
        self._metrics.begin_process(name)
        return Child(
            name,
            module,
            task,
            (self._wake_fd, self._commit_fd),
            on_report=self._on_report,
            on_lost_report=self._metrics.observe_lost_report,
            on_change=self._on_process_change,
            spare=spare,
        )

    def _on_report(self, report: Report) -> None:
        self._notifier.note_progress()
        bed = self._beds.get(report.bed)
        if bed is None:
            # Not a bed of this configuration: what was reported is not about anything that is watched.
            self._metrics.observe_lost_report(report.bed)
            return
        self._metrics.observe(report)
        bed.on_report(report)
        self._metrics.observe_account(bed.bed, bed.account)
        if isinstance(report, DetectReport):
            self._page.rest_traces(resting=report.level >= TRACES_REST_FROM)

    def _on_process_change(self, change: ProcessChange) -> None:
        self._metrics.observe_process(change.name, up=change.up)
        if change.up and change.restarted:
            self._metrics.observe_restart(change.name)
        if not change.up and not self._stopping:
            # Whoever tries one threshold after the other ends the detector as often, and nothing is wrong with it.
            if not change.asked:
                self._crashes.observe_end(change.name)
            for bed in self._beds.values():
                _report_ended(change, bed)

    # ---- what comes from the passing of time ----

    async def _tick(self) -> None:
        """Publish what changes by the passing of time alone: staleness, delivery and rates."""
        loop = asyncio.get_running_loop()
        states_due_s = loop.time()
        while True:
            self._notifier.ping()
            self._journal.retry()
            self._observe_delivery()
            for bed in self._beds.values():
                bed.observe_crashes(self._crashes.reason(DETECT, _acquire(bed.bed)))
                bed.publish_status()
                self._metrics.observe_account(bed.bed, bed.account)
            if loop.time() >= states_due_s:
                states_due_s = loop.time() + STATES_EVERY_S
                for bed in self._beds.values():
                    bed.publish_states()
            await asyncio.sleep(TICK_S)

    def _observe_delivery(self) -> None:
        publishers = self._publisher.beds
        unheard = sum(publisher.hearing.unheard for publisher in publishers.values())
        self._metrics.observe_delivery(connected=self._publisher.mqtt_connected, unheard=unheard)
        for bed, publisher in publishers.items():
            self._beds[bed].observe_delivery(
                publisher.trouble, publisher.refused, publisher.hearing.reason, publisher.guard.reason
            )

    def _heartbeat(self, bed: str) -> Heartbeat | None:
        return self._beds[bed].heartbeat()

    def _delete_samples(self) -> None:
        """Delete the sample logs: raw EEG does not outlive a clean stop, not even in memory."""
        for bed in self._beds:
            for file in (ring_path(self._config, bed), lock_path(ring_path(self._config, bed))):
                file.unlink(missing_ok=True)

    def _mqtt(self) -> dict[str, Any]:
        return {"connected": self._publisher.mqtt_connected, "outbox": self._journal.outbox_size()}


def _acquire(bed: str) -> str:
    """Name the process that follows a bed's stream."""
    return f"acquire-{bed}"


def _report_ended(change: ProcessChange, bed: BedStatus) -> None:
    if change.name == DETECT:
        bed.on_detector_ended(change.reason)
    elif change.name == _acquire(bed.bed):
        bed.on_link_ended(change.reason)


async def _after(first: Child, child: Child) -> None:
    """Run a child once another has reported."""
    # No sample is taken in before there is a detector to analyse it: the ring would be full of the wait for the models.
    await first.ready.wait()
    await child.run()


async def _cancel(tasks: list[asyncio.Task[None]]) -> None:
    for task in tasks:
        task.cancel()
    for task in tasks:
        with suppress(asyncio.CancelledError):
            await task
