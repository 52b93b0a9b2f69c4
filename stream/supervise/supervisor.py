"""The parent: keeps the processes alive, and tells the world how they stand - MQTT, metrics, page."""

import asyncio
import os
import signal
import time
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from importlib.metadata import version
from typing import Any

import structlog

from stream.config.keys import Config
from stream.logbook.journal import PRUNE_PAUSE_S, PRUNE_ROWS, Journal
from stream.logbook.ring import lock_path
from stream.logbook.samplelog import ring_path
from stream.publish.publisher import Publisher
from stream.schema.messages import NOTICE
from stream.schema.outgoing import audit_outgoing
from stream.schema.reports import Report
from stream.supervise.bed_status import BedStatus
from stream.supervise.children import Child, ChildFailedError, ProcessChange
from stream.supervise.metrics import Metrics
from stream.supervise.page import Page

TICK_S = 0.5
STATES_EVERY_S = 10.0
INTERRUPTED = 130
DETECT = "detect"

_log = structlog.get_logger()


def run(config: Config) -> int:
    """Watch the beds until a signal; give the command's exit code.

    A child that cannot start has said why, in one line; the code is then its own.

    Raises
    ------
    SpikewatchError
        in one line, if a port is taken or the journal cannot be used
    """
    return asyncio.run(_run(config))


async def _run(config: Config) -> int:
    supervisor = Supervisor(config)
    loop, stopped = asyncio.get_running_loop(), asyncio.Event()
    received: list[int] = []

    def on_signal(number: int) -> None:
        received.append(number)
        stopped.set()

    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, on_signal, number)
    try:
        await supervisor.run(stopped)
    except ExceptionGroup as group:
        error = _first(group)
        if isinstance(error, ChildFailedError):
            _log.error(str(error))
            return error.exit_code
        raise error from None
    return INTERRUPTED if signal.SIGINT in received else 0


def _first(group: ExceptionGroup[Exception]) -> Exception:
    """Give the error that ended everything: one line is enough for a person to act on."""
    error = group.exceptions[0]
    return _first(error) if isinstance(error, ExceptionGroup) else error


class Supervisor:
    """Holds what the parent holds; every outside thing (ports, journal) is taken before a child starts."""

    def __init__(self, config: Config) -> None:
        self._config = config
        self._journal = Journal(config.journal.path)
        self._journal.extend_wal()
        self._metrics = Metrics(config)
        self._metrics.count_at_scrapes(self._journal.outbox_size, self._journal.dead_letters)
        self._page = Page(config, self._picture)
        self._wake_fd = os.eventfd(0, os.EFD_NONBLOCK)
        self._commit_fd = os.eventfd(0, os.EFD_NONBLOCK)
        self._publisher = Publisher(config, self._journal, lambda bed: self._beds[bed].heartbeat(), self._commit_fd)
        said = (self._journal, self._publisher.set_state, self._publisher.wake)
        self._beds = {bed.id: BedStatus(config, bed.id, *said) for bed in config.bed}
        self._stopping = False

    async def run(self, stopped: asyncio.Event) -> None:
        """Run everything until `stopped`, then end it in order: the children first, then what tells of them."""
        stop_metrics = self._metrics.serve()
        self._audit("start")
        try:
            async with asyncio.TaskGroup() as tasks:
                detect, *acquires = self._children()
                watched = [tasks.create_task(detect.run(), name=detect.name)]
                watched += [tasks.create_task(_after(detect, acquire), name=acquire.name) for acquire in acquires]
                watched.append(tasks.create_task(self._tick(), name="tick"))
                tasks.create_task(self._publisher.run(), name="publish")
                tasks.create_task(self._page.run(), name="page")
                await stopped.wait()
                self._stopping = True
                await _cancel(watched)
                self._audit("stop")
                self._publisher.stop()
                await self._page.stop()
        finally:
            stop_metrics()
            self._forget_samples()
            self._journal.close()

    # ---- the children ----

    def _children(self) -> list[Child]:
        config = self._config.model_dump(mode="json")
        detect = {"config": config, "wake_fd": self._wake_fd, "commit_fd": self._commit_fd}
        children = [self._child(DETECT, "stream.detect", detect)]
        for bed in self._beds:
            task = {"config": config, "bed": bed, "wake_fd": self._wake_fd}
            children.append(self._child(_acquire(bed), "stream.acquire", task))
        return children

    def _child(self, name: str, module: str, task: dict[str, Any]) -> Child:
        return Child(
            name,
            module,
            task,
            (self._wake_fd, self._commit_fd),
            on_report=self._hear,
            on_lost_report=self._metrics.observe_lost_report,
            on_change=self._note_process,
        )

    def _hear(self, report: Report) -> None:
        self._metrics.observe(report)
        self._beds[report.bed].hear(report)

    def _note_process(self, change: ProcessChange) -> None:
        self._metrics.observe_process(change.name, up=change.up)
        if change.up and change.restarted:
            self._metrics.observe_restart(change.name)
        if not change.up and not self._stopping:
            for bulletin in self._beds.values():
                self._note_gone(change.name, bulletin)

    def _note_gone(self, name: str, bulletin: BedStatus) -> None:
        if name == DETECT:
            bulletin.hear_detector_gone()
        elif name == _acquire(bulletin.bed):
            bulletin.hear_link_gone()

    # ---- what comes from the passing of time ----

    async def _tick(self) -> None:
        """Look at the clock: staleness, delivery and rates change without any report."""
        loop = asyncio.get_running_loop()
        states_due_s = loop.time()
        while True:
            self._observe_delivery()
            for bulletin in self._beds.values():
                bulletin.tell_status()
            if loop.time() >= states_due_s:
                states_due_s = loop.time() + STATES_EVERY_S
                for bulletin in self._beds.values():
                    bulletin.tell_states()
                await asyncio.to_thread(self._tidy)
            await asyncio.sleep(TICK_S)

    def _observe_delivery(self) -> None:
        publishers = self._publisher.beds
        unheard = sum(publisher.unheard for publisher in publishers.values())
        self._metrics.observe_delivery(connected=self._publisher.mqtt_connected, unheard=unheard)
        for bed, publisher in publishers.items():
            self._beds[bed].hear_broker(publisher.trouble, publisher.refused)

    def _tidy(self) -> None:
        """Do for the journal's file what may take its time."""
        before_utc = datetime.now(UTC) - timedelta(days=self._config.journal.retention_days)
        while self._journal.prune(before_utc) == PRUNE_ROWS:
            time.sleep(PRUNE_PAUSE_S)
        self._journal.checkpoint()

    def _audit(self, action: str) -> None:
        detail = {"version": version("spikewatch"), "pid": str(os.getpid())}
        for bed in self._beds:
            self._journal.post(bed, [audit_outgoing(bed, action, detail, datetime.now(UTC))])

    def _forget_samples(self) -> None:
        """Raw EEG does not outlive a clean stop, not even in memory."""
        for bed in self._beds:
            for file in (ring_path(self._config, bed), lock_path(ring_path(self._config, bed))):
                file.unlink(missing_ok=True)

    def _picture(self) -> dict[str, Any]:
        """All that the page shows."""
        return {
            "site": self._config.site,
            "version": version("spikewatch"),
            "notice": NOTICE,
            "beds": {bed: bulletin.picture() for bed, bulletin in self._beds.items()},
            "mqtt": {"connected": self._publisher.mqtt_connected, "outbox": self._journal.outbox_size()},
        }


def _acquire(bed: str) -> str:
    """Name the process that follows a bed's stream."""
    return f"acquire-{bed}"


async def _after(first: Child, child: Child) -> None:
    """Run a child once another has reported: no sample is taken in before there is somebody to analyse it."""
    await first.ready.wait()
    await child.run()


async def _cancel(tasks: list[asyncio.Task[None]]) -> None:
    for task in tasks:
        task.cancel()
    for task in tasks:
        with suppress(asyncio.CancelledError):
            await task
