"""The acquire process, one for each bed: follows the bed's stream and writes its sample log.

Run as `python -m stream.acquire`. It reads one JSON object from stdin: `config`, `bed`, `wake_fd` (an eventfd, written
after samples were logged), `report_fd` (a pipe for `stream.schema.reports`), and optionally `restarted`: true if this
bed was watched before, so that only the stream of its recording may be bound.
"""

import os
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

from stream.acquire.claim import Claims
from stream.acquire.link import Link
from stream.acquire.lsl import LslNetwork, MonotonicClock
from stream.child_process import Task
from stream.config.keys import Config
from stream.errors import RecordError
from stream.logbook.samplelog import SampleLogReader, SampleLogWriter, ring_path
from stream.logbook.store_order import require_ordered_stores
from stream.records import Source
from stream.schema.reports import ReportWriter


def _log_opener(path: Path, capacity_s: float) -> Callable[[Source], SampleLogWriter]:
    """Return a function that opens a recording: the one at `path` if it is of the same stream, else a new one."""

    def open_log(source: Source) -> SampleLogWriter:
        try:
            return SampleLogWriter.resume(path, source)
        except RecordError:
            return SampleLogWriter.create(path, source, capacity_s)

    return open_log


def _recorded(path: Path) -> Source | None:
    """Return the stream of the recording at `path`, if there is one."""
    try:
        return SampleLogReader.open(path).source
    except RecordError:
        return None


def run(task: Task) -> NoReturn:
    """Follow one bed's stream until SIGTERM, or until the parent is gone."""
    # Before the first report, so that the whole of `spikewatch run` ends with this line and not with restarts.
    require_ordered_stores()
    config = Config.model_validate(task["config"])
    [bed] = [bed for bed in config.bed if bed.id == task["bed"]]
    path = ring_path(config, bed.id)
    wake_fd: int = task["wake_fd"]
    link = Link(
        bed.id,
        bed.acquire,
        network=LslNetwork(),
        clock=MonotonicClock(),
        open_log=_log_opener(path, bed.acquire.ring_s),
        claim=Claims(config).claim,
        wake=lambda: os.eventfd_write(wake_fd, 1),
        send=ReportWriter(task["report_fd"]).send,
        pinned=_recorded(path) if task.get("restarted", False) else None,
    )
    try:
        while True:
            link.step()
    finally:
        link.close()
