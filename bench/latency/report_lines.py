"""Reads the reports that `bench.latency.reported` writes."""

import time
from collections.abc import Iterator
from typing import Any, Final

from stream.demo.children import Child

Report = dict[str, Any]

STAGES: Final = ("acquire", "condition", "frame", "infer", "merge")
SETTLES_WITHIN_S: Final = 180.0  # filters settle within seconds; the rest is a machine that does other things
LOOK_EVERY_S: Final = 0.02


def reports(process: Child) -> Iterator[Report]:
    """Yield every report as it comes; end the bench if no `whole` one comes for too long."""
    until_s = time.monotonic() + SETTLES_WITHIN_S
    while time.monotonic() < until_s:
        for report in process.lines():
            # A detector that reports but scores nothing (filters that never settle) must not keep the bench waiting.
            if whole(report):
                until_s = time.monotonic() + SETTLES_WITHIN_S
            yield report
        process.check()
        time.sleep(LOOK_EVERY_S)
    raise SystemExit(f"Spikewatch scored nothing for {SETTLES_WITHIN_S:g} s")


def whole(report: Report) -> bool:
    """Whether a report is the detector's and every window that was due was scored."""
    windows = report.get("windows", {})
    return [result for result, count in windows.items() if count] == ["scored"]


def decided_ms(report: Report) -> list[float]:
    """Return, for each hop of the detector's report, the time from its newest sample to its merged scores."""
    # Stages follow each other without a gap, so their sum is the whole time of a hop.
    stages = [report["latency_s"].get(verb, []) for verb in STAGES]
    return [1e3 * sum(parts) for parts in zip(*stages, strict=True)]
