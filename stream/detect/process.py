"""The detector's process, one for all beds: sample logs in, journal out (`stream.detect.rounds`).

Run as `python -m stream.detect`. It reads one JSON line from stdin: `config`, `wake_fd` (an eventfd that acquire writes
to), `commit_fd` (an eventfd for the publisher), `report_fd` (a pipe for `stream.schema.reports`). It may be killed at
any instant: it carries on from the journal's cursor, its filters warmed up again from samples still in the ring.
"""

import gc
import os
import select
import time
from typing import NoReturn

from models.engines.opening import tune_process
from stream import logs
from stream.child_process import Task
from stream.config.keys import Config
from stream.detect.models import Detectors
from stream.detect.rounds import Rounds
from stream.logbook.journal import Journal
from stream.schema.reports import ReportWriter

TICK_S = 1.0
"""Longest wait without samples: reports are due once a second, and new recordings are looked for."""


def run(task: Task) -> NoReturn:
    """Detect until SIGTERM, or until the parent is gone."""
    logs.set_up(for_person=task.get("for_person"))
    tune_process()
    config = Config.model_validate(task["config"])
    logs.set_level(config.log.level)
    journal = Journal(config.journal.path)
    detectors = Detectors(config, live=True)
    rounds = Rounds(config, detectors, journal, ReportWriter(task["report_fd"]).send, task["commit_fd"])
    # Everything loaded by now stays: the garbage collector need not look at it again.
    gc.collect()
    gc.freeze()
    wake_fd: int = task["wake_fd"]
    due_s, more = time.monotonic(), True
    while True:
        # During a backlog the loop does not wait for the wake-up; it reads it all the same, so that it does not fill
        # up.
        if select.select([wake_fd], [], [], 0.0 if more else max(0.0, due_s - time.monotonic()))[0]:
            os.eventfd_read(wake_fd)
        more = rounds.round()
        if time.monotonic() >= due_s:
            rounds.report()
            due_s = time.monotonic() + TICK_S
