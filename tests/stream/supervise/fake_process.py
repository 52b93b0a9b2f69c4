"""A child process for tests of the parent: reports once in 50 ms as acquire or detect would, and needs no EEG.

`samples` beside the journal holds the fate of the samples that a detector reports, "analysed" where there is no file.
"""

import json
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

from stream.schema.reports import Report, ReportWriter
from tests.stream.supervise.reports import ANALYSING, READY, STREAMING


def reports(task: dict[str, Any]) -> list[Report]:
    """Return the reports of this moment."""
    if "bed" in task:
        # Linux has one monotonic clock for all processes: the parent's own.
        return [replace(STREAMING, newest_arrival_s=time.monotonic())]
    fate = Path(task["config"]["journal"]["path"]).with_name("samples")
    fated = fate.read_text() if fate.exists() else "analysed"
    scored_s = dict.fromkeys(READY.groups, time.monotonic()) if fated == "analysed" else {}
    # Another bed's report, as a parent with an older configuration may get it.
    return [READY, replace(ANALYSING, samples={fated: 12}, scored_s=scored_s), replace(ANALYSING, bed="bed-9")]


def main() -> None:
    """Report until the parent ends this process."""
    task = json.loads(sys.stdin.readline())
    writer = ReportWriter(task["report_fd"])
    while True:
        for report in reports(task):
            writer.send(report)
        # More often than the real ones, so that a test sees a change at once.
        time.sleep(0.05)


if __name__ == "__main__":
    main()
