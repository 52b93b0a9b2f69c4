"""The detector's process, one for all beds: sample logs in, journal out.

Run as `python -m stream.detect`. It reads one JSON line from stdin: `config`, `wake_fd` (an eventfd that acquire writes
to), `commit_fd` (an eventfd for the publisher), `report_fd` (a pipe for `stream.reports`). It may be killed at any
instant: it carries on from the journal's cursor, its filters warmed up again from samples still in the ring.
"""

import ctypes
import gc
import json
import os
import select
import signal
import sys
import time
from collections.abc import Sequence
from types import FrameType
from typing import Any, NoReturn

from models.engines.engine import Engine
from models.engines.opening import tune_process
from models.errors import ModelsError
from stream import logs
from stream.config import Config
from stream.detector.binding import Detectors
from stream.detector.recording import Timed
from stream.detector.watch import Watch
from stream.errors import InputError, SpikewatchError
from stream.infer import infer
from stream.logbook.journal import Journal
from stream.reports import ReportWriter

TICK_S = 1.0
"""Longest wait without samples: reports are due once a second, and new recordings are looked for."""
_PR_SET_PDEATHSIG = 1


class Detect:
    """All beds of a configuration, worked through in rounds: read, one batch, conclude, commit."""

    def __init__(self, config: Config, journal: Journal, reports: ReportWriter, commit_fd: int) -> None:
        detectors = Detectors(config)
        self._watches = [Watch(config, bed, detectors, journal, reports.send) for bed in config.bed]
        self._commit_fd = commit_fd

    def round(self) -> bool:
        """Work through what has come for every bed; True if there may be more at once."""
        collected = [(watch, timed) for watch in self._watches if (timed := watch.collect())]
        for engine in {id(watch.engine): watch.engine for watch, _ in collected}.values():
            self._infer(engine, [(watch, timed) for watch, timed in collected if watch.engine is engine])
        return bool(collected)

    def _infer(self, engine: Engine, collected: Sequence[tuple[Watch, list[Timed]]]) -> None:
        """Score the windows of all beds of one network in one batch, then let each bed conclude."""
        due = [watch.to_score(timed) for watch, timed in collected]
        verdicts = iter(infer(engine, [hop for hops in due for hop in hops]))
        inferred_s = time.monotonic()
        for (watch, timed), hops in zip(collected, due, strict=True):
            mine = {hop.end: next(verdicts) for hop in hops}
            if watch.conclude(timed, mine, inferred_s):
                os.eventfd_write(self._commit_fd, 1)

    def report(self) -> None:
        """Commit coverage that waits, and report."""
        for watch in self._watches:
            watch.report()


def run(task: dict[str, Any]) -> NoReturn:
    """Detect until SIGTERM, or until the parent is gone."""
    tune_process()
    config = Config.model_validate(task["config"])
    journal = Journal(config.journal.path)
    detect = Detect(config, journal, ReportWriter(task["report_fd"]), task["commit_fd"])
    # What is loaded now stays: the collector need never look at it again.
    gc.collect()
    gc.freeze()
    wake_fd: int = task["wake_fd"]
    due_s = time.monotonic()
    while True:
        select.select([wake_fd], [], [], max(0.0, due_s - time.monotonic()))
        _drain(wake_fd)
        while detect.round():
            pass
        if time.monotonic() >= due_s:
            detect.report()
            due_s = time.monotonic() + TICK_S


def _drain(wake_fd: int) -> None:
    if select.select([wake_fd], [], [], 0)[0]:
        os.eventfd_read(wake_fd)


def _stop(_number: int, _frame: FrameType | None) -> NoReturn:
    raise SystemExit(0)


def main() -> NoReturn:
    """Run as a child process."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
    signal.signal(signal.SIGTERM, _stop)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    logs.set_up()
    try:
        run(json.loads(sys.stdin.readline()))
    except BrokenPipeError:
        sys.exit(0)  # The parent, to whom this process reports, is gone.
    except (SpikewatchError, ModelsError) as error:
        sys.stderr.write(f"spikewatch: {error}\n")
        sys.exit(error.exit_code if isinstance(error, SpikewatchError) else InputError.exit_code)


if __name__ == "__main__":
    main()
