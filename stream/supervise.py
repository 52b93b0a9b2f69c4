"""The parent: keeps the processes alive, and tells the world how they stand - MQTT, metrics, page."""

import asyncio
import os
import signal
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from importlib.metadata import version
from typing import Any

import structlog

from stream.children import Child, ChildFailedError
from stream.config import Config
from stream.delivery import Publisher
from stream.journal import Journal
from stream.messages import NOTICE, Heartbeat, Status
from stream.metrics import Delivery, Metrics
from stream.outgoing import alarm_outgoing, audit_outgoing
from stream.outlook import Outlook
from stream.page import Page
from stream.reports import AcquireReport, DetectReport, ReadyReport, Report
from stream.ring import lock_path
from stream.samplelog import ring_path

TICK_S = 0.5
STATES_EVERY_S = 10.0
KEEP_DAYS = 30
EVENTS_SHOWN = 20
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
        self._metrics = Metrics(config)
        self._page = Page(config, self._snapshot)
        self._wake_fd = os.eventfd(0, os.EFD_NONBLOCK)
        self._commit_fd = os.eventfd(0, os.EFD_NONBLOCK)
        self._outlooks = {bed.id: Outlook(config, bed.id) for bed in config.bed}
        self._publisher = Publisher(config, self._journal, self._heartbeat, self._commit_fd)
        self._alarms: dict[str, dict[str, str]] = {bed.id: {} for bed in config.bed}
        self._told: dict[str, Status] = {}
        self._states_due_s = 0.0
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

    # ---- the children and what they say ----

    def _children(self) -> list[Child]:
        config = self._config.model_dump(mode="json")
        detect = {"config": config, "wake_fd": self._wake_fd, "commit_fd": self._commit_fd}
        children = [self._child(DETECT, "stream.detect", detect)]
        for bed in self._config.bed:
            task = {"config": config, "bed": bed.id, "wake_fd": self._wake_fd}
            children.append(self._child(_acquire(bed.id), "stream.acquire", task))
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
        outlook = self._outlooks[report.bed]
        match report:
            case AcquireReport():
                outlook.hear_link(report)
            case DetectReport():
                outlook.hear_detector(report)
            case ReadyReport():
                outlook.hear_ready(report)
                self._tell_info(report.bed)
        self._tell_status(report.bed)

    def _note_process(self, name: str, up: bool, restarted: bool) -> None:
        self._metrics.observe_process(name, up=up)
        if up and restarted:
            self._metrics.observe_restart(name)
        if not up and not self._stopping:
            for bed, outlook in self._outlooks.items():
                self._note_gone(name, bed, outlook)

    def _note_gone(self, name: str, bed: str, outlook: Outlook) -> None:
        if name == DETECT:
            outlook.hear_detector_gone()
        elif name == _acquire(bed):
            outlook.hear_link_gone()
        self._tell_status(bed)

    # ---- what is told ----

    async def _tick(self) -> None:
        """Look at the clock: staleness, delivery and rates come from the passing of time, not from reports."""
        loop = asyncio.get_running_loop()
        while True:
            self._observe_delivery()
            for bed in self._outlooks:
                self._tell_status(bed)
            if loop.time() >= self._states_due_s:
                self._tell_states()
                self._states_due_s = loop.time() + STATES_EVERY_S
            await asyncio.sleep(TICK_S)

    def _observe_delivery(self) -> None:
        beds = self._publisher.beds
        self._metrics.observe_delivery(
            Delivery(
                connected=self._publisher.mqtt_connected,
                outbox=self._journal.outbox_size(),
                dead_letters=self._journal.dead_letters(),
                unheard=sum(bed.unheard for bed in beds.values()),
            )
        )
        for bed, publisher in beds.items():
            self._outlooks[bed].set_alarm("broker_down", publisher.trouble)
            refused = "; ".join(f"{topic}: {reason}" for topic, reason in publisher.refused.items())
            self._outlooks[bed].set_alarm("broker_refuses", refused)

    def _tell_status(self, bed: str) -> None:
        """Journal alarms that begin or end; publish the status when it changed."""
        alarms, before = self._outlooks[bed].alarms(), self._alarms[bed]
        changes = {name: name in alarms for name in alarms.keys() ^ before.keys()}
        if changes:
            self._alarms[bed] = alarms
            self._post_alarms(bed, changes, alarms | before)
        status = self._outlooks[bed].status(self._journal.last_seq(bed))
        told = self._told.get(bed)
        if told is None or (told.state, told.alarms) != (status.state, status.alarms):
            self._told[bed] = status
            self._publisher.set_state(status)

    def _post_alarms(self, bed: str, changes: dict[str, bool], reasons: dict[str, str]) -> None:
        now = datetime.now(UTC)
        for name, on in changes.items():
            _log.warning("alarm" if on else "alarm over", bed=bed, alarm=name, reason=reasons[name])
        self._journal.post(
            bed, [alarm_outgoing(bed, name, on=on, reason=reasons[name], utc=now) for name, on in changes.items()]
        )
        self._publisher.wake()

    def _tell_info(self, bed: str) -> None:
        info = self._outlooks[bed].info()
        if info is not None:
            self._publisher.set_state(info)

    def _tell_states(self) -> None:
        for bed, outlook in self._outlooks.items():
            rate = outlook.ied_rate(self._journal.ied_rate(bed, 60.0), self._journal.ied_rate(bed, 3600.0))
            for state in (outlook.latency(), outlook.quality(), rate):
                self._publisher.set_state(state)
        self._journal.prune(datetime.now(UTC) - timedelta(days=KEEP_DAYS))

    def _heartbeat(self, bed: str) -> Heartbeat:
        outlook = self._outlooks[bed]
        return outlook.heartbeat(self._journal.accounting(bed, outlook.recording), self._journal.outbox_size())

    def _audit(self, action: str) -> None:
        detail = {"version": version("spikewatch"), "pid": str(os.getpid())}
        for bed in self._outlooks:
            self._journal.post(bed, [audit_outgoing(bed, action, detail, datetime.now(UTC))])

    def _forget_samples(self) -> None:
        """Raw EEG does not outlive a clean stop, not even in memory."""
        for bed in self._outlooks:
            for file in (ring_path(self._config, bed), lock_path(ring_path(self._config, bed))):
                file.unlink(missing_ok=True)

    def _snapshot(self) -> dict[str, Any]:
        """All that the page shows."""
        beds = {bed: self._bed_snapshot(bed, outlook) for bed, outlook in self._outlooks.items()}
        mqtt = {"connected": self._publisher.mqtt_connected, "outbox": self._journal.outbox_size()}
        about = {"site": self._config.site, "version": version("spikewatch"), "notice": NOTICE}
        return {**about, "beds": beds, "mqtt": mqtt}

    def _bed_snapshot(self, bed: str, outlook: Outlook) -> dict[str, Any]:
        info, journal = outlook.info(), self._journal
        status = outlook.status(journal.last_seq(bed))
        return {
            "status": status.payload(),
            "info": info.payload() if info else {},
            "latency": outlook.latency().payload(),
            "sleep": next(iter(journal.newest(bed, "sleep", 1)), {}),
            "ied_rate": outlook.ied_rate(journal.ied_rate(bed, 60.0), journal.ied_rate(bed, 3600.0)).payload(),
            "data_age_s": outlook.data_age_s,
            "detecting": outlook.detecting,
            "reason": status.reason,
            "events": journal.newest(bed, "ied", EVENTS_SHOWN),
            "samples": journal.accounting(bed, outlook.recording),
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
