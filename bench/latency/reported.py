"""`spikewatch run`, whose children's reports are also written on stdout, one JSON object a line.

What the metrics page has of a latency are buckets, and what the broker has are quantiles of a minute; the reports name
every single window. Nothing else differs from the command. Lines are {"at_s": ..., "kind": ..., ...}, `at_s` being the
time (monotonic clock) at which the parent received it.
Command: python -m bench.latency.reported CONFIG.TOML
"""

import asyncio
import signal
import sys
import time
from dataclasses import asdict
from pathlib import Path

from stream import logs
from stream.config.load import load
from stream.replay import speaker
from stream.schema.reports import Report
from stream.supervise.supervisor import Supervisor


class Reported(Supervisor):
    """The parent of `spikewatch run`, which also writes the reports that it receives."""

    _say = staticmethod(speaker(sys.stdout))

    def _on_report(self, report: Report) -> None:
        # Written before it is handled: what the parent does with a report takes time as well.
        self._say({"at_s": time.monotonic(), "kind": type(report).__name__, **asdict(report)})
        super()._on_report(report)


async def _run(path: Path) -> None:
    supervisor, stopped = Reported(load(path)), asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stopped.set)
    await supervisor.run(stopped)


if __name__ == "__main__":
    logs.set_up()
    asyncio.run(_run(Path(sys.argv[1])))
