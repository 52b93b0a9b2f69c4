"""The detector's process, one for all beds: sample logs in, journal out.

Beds take turns: a round is one hop of every bed that has one due, in one batch, so a bed's newest hop waits for one
hop of every other bed at the most, however far another is behind. Nobody waits for a batch to fill: what came during
a round is the next one. A bed that is behind works its hops off one a round, late and in order; each that is later
than `infer.budget_ms` is counted. A host that stays too slow sheds: samples are overwritten in the log before they
are read, have the fate `shed`, and raise an alarm.

Run as `python -m stream.detect`. It reads one JSON line from stdin: `config`, `wake_fd` (an eventfd that acquire writes
to), `commit_fd` (an eventfd for the publisher), `report_fd` (a pipe for `stream.schema.reports`). It may be killed at
any instant: it carries on from the journal's cursor, its filters warmed up again from samples still in the ring.
"""

import ctypes
import gc
import json
import os
import select
import signal
import sys
import time
from collections.abc import Callable, Sequence
from types import FrameType
from typing import Any, NoReturn

from models.engines.opening import tune_process
from models.errors import ModelsError
from stream import logs
from stream.config.keys import Config
from stream.detect.bed import BedDetector
from stream.detect.binding import Detectors
from stream.detect.recording import Timed
from stream.errors import InputError, SpikewatchError
from stream.infer import Infer
from stream.logbook.journal import Journal
from stream.schema.reports import Report, ReportWriter

TICK_S = 1.0
"""Longest wait without samples: reports are due once a second, and new recordings are looked for."""
_PR_SET_PDEATHSIG = 1


class Detect:
    """All beds of a configuration, worked through in rounds: read, one batch, conclude, commit."""

    def __init__(
        self, config: Config, detectors: Detectors, journal: Journal, send: Callable[[Report], None], commit_fd: int
    ) -> None:
        self._watches = [BedDetector(config, bed, detectors, journal, send) for bed in config.bed]
        self._commit_fd = commit_fd

    def round(self) -> bool:
        """Give every bed its turn; True if there may be more at once."""
        collected = [(watch, timed) for watch in self._watches if (timed := watch.collect())]
        for infer in {id(watch.infer): watch.infer for watch, _ in collected}.values():
            self._infer(infer, [(watch, timed) for watch, timed in collected if watch.infer is infer])
        return bool(collected)

    def _infer(self, infer: Infer, collected: Sequence[tuple[BedDetector, list[Timed]]]) -> None:
        """Score the windows of all beds of one network in one batch, then let each bed conclude."""
        due = [watch.to_score(timed) for watch, timed in collected]
        verdicts = iter(infer([hop for hops in due for hop in hops]))
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
    detect = Detect(config, Detectors(config), journal, ReportWriter(task["report_fd"]).send, task["commit_fd"])
    # What is loaded now stays: the collector need never look at it again.
    gc.collect()
    gc.freeze()
    wake_fd: int = task["wake_fd"]
    due_s, more = time.monotonic(), True
    while True:
        if select.select([wake_fd], [], [], 0.0 if more else max(0.0, due_s - time.monotonic()))[0]:
            os.eventfd_read(wake_fd)
        more = detect.round()
        if time.monotonic() >= due_s:
            detect.report()
            due_s = time.monotonic() + TICK_S


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
