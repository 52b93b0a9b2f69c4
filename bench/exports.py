"""Question: how large are exports of 100,000 events over a week with gaps, and how long does each format take?

Method: events and gaps made from a count, written by every format of `spikewatch export` once; seconds of the writing
alone, and bytes of the files. Each is then read back by the libraries of its own world that are installed
(`bench.exports_read`): seconds, and how many events and gaps they find.
Command: python -m bench.exports [--events 100000] [--json FILE]
"""

import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from bench.command_line import command_line
from bench.exports_read import read_back
from bench.machine import publish
from bench.ward.live import load_average
from stream.cli.exports.contract import ExportFormat
from stream.cli.exports.registry import EXPORTS
from stream.errors import ConfigError
from stream.findings import Findings, StageSpan, Stretch
from stream.records import Detection
from stream.schema.journalled import Model
from stream.schema.outgoing import IedContext, ied_outgoing

WEEK_S: Final = 7 * 86_400.0
GAPS: Final = 1000
RATE_HZ: Final = 256.0
BEGAN: Final = datetime(2026, 1, 1, tzinfo=UTC)
STAGES: Final = ("acquire", "condition", "frame", "infer", "merge")


def main() -> None:
    """Write every format once."""
    arguments = command_line("bench.exports", __doc__)
    arguments.add_argument("--events", type=int, default=100_000)
    given = arguments.parse_args()
    findings = week(given.events)
    before = load_average()
    formats = {name: measured(form, findings) for name, form in EXPORTS.items()}
    loads = {"least": min(before, load_average()), "most": max(before, load_average())}
    publish("exports", {"events": given.events, "gaps": GAPS, "formats": formats, "load": loads}, given.json)


def week(events: int) -> Findings:
    """Make a week with so many events, evenly spread, GAPS gaps of a second, and a sleep stage every 30 s."""
    every_s = WEEK_S / events
    return Findings(
        name="bed-1",
        began=BEGAN,
        seconds=WEEK_S,
        events=tuple(_event(round(k * every_s * RATE_HZ)) for k in range(events)),
        stages=tuple(StageSpan(30.0 * k, 30.0, ("N2", "R")[k % 2]) for k in range(round(WEEK_S / 30))),
        stretches=tuple(Stretch(k * WEEK_S / GAPS + 0.3, 1.0, "missing", "gap") for k in range(GAPS)),
    )


def measured(form: ExportFormat, findings: Findings) -> dict[str, Any]:
    """Write one format and read it back; return seconds and megabytes, or what is missing for it."""
    with tempfile.TemporaryDirectory() as folder:
        began_s = time.perf_counter()
        try:
            written = form.write(findings, Path(folder))
        except ConfigError as error:
            return {"missing": str(error)}
        seconds = time.perf_counter() - began_s
        return {
            "seconds": round(seconds, 2),
            "megabytes": round(sum(one.stat().st_size for one in written) / 1e6, 2),
            "read_back": read_back(form.name, written),
        }


def _event(sample: int) -> dict[str, Any]:
    time_s = sample / RATE_HZ
    found = Detection(
        bed="bed-1", sample=sample, lsl_s=time_s, decided=sample + 32, onset_s=-0.05, duration_s=0.12,
        group="left temporal", peak_channel="F7-T3", channels=("F7-T3", "T3-T5"),
        probability=0.5 + sample % 499 / 1000, threshold=0.5, amplitude_uv=-80.0 - sample % 97, polarity="negative",
    )  # fmt: skip
    model = Model(name="sc-small", sha256="0" * 64)
    utc = BEGAN + timedelta(seconds=time_s)
    context = IedContext("bench", 1, model, "openvino", utc, "N2", dict.fromkeys(STAGES, 1.0))
    return {"time_s": time_s, **ied_outgoing(found, context).payload}


if __name__ == "__main__":
    main()
