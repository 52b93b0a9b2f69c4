"""What a child process reports to the parent: one JSON object a line, through a pipe that never blocks the child.

The parent turns reports into metrics, retained states and alarms. Losing one loses a number, never an event:
events travel through the journal only.
"""

import json
import math
import os
from dataclasses import asdict, dataclass, field
from typing import Annotated, Final, Literal

from pydantic import Field, TypeAdapter

from stream.terms import Stage

LinkState = Literal["starting", "resolving", "streaming", "silent", "lost", "refused"]
# Checked when a report is read: a negative count would raise in the metrics' counters, and end the parent.
Count = Annotated[int, Field(ge=0)]


@dataclass(frozen=True, slots=True)
class AcquireReport:
    """Once a second, and at every change of state. Counters are totals since the process started.

    `stamp_delay_s`: how long before its arrival the newest sample was taken, by its sender's stamp; NaN if unknown.
    `chunk_s` is the usual length of a chunk, 0 while unknown.
    `alarms`: what is odd about a stream that is followed, by the alarm's name.
    """

    bed: str
    state: LinkState
    reason: str
    stream: str
    rate_hz: float
    measured_rate_hz: float
    samples: Count
    missing: Count
    reconnects: Count
    newest_arrival_s: float
    clock_offset_s: float
    stamp_delay_s: float = math.nan
    chunk_s: float = 0.0
    alarms: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class DetectReport:
    """Once a second per bed. Latencies (seconds) and counts are since the report before.

    `scored_s` holds of each group when the newest sample of its newest scored window arrived (monotonic s), `groups`
    each group whose newest window may not be scored, with the reason; `channels` each electrode of such a group that
    may be at fault, with the same reason. `unjournalled` results wait in memory because the journal fails; `level` is
    that of the overload ladder, 0 while nothing is left undone.
    `second_look` counts samples that were shed before, and looked at again, by their fate then.
    `artefacts` counts what would have been events, had it not been recognised.
    `fleet` counts windows by who scored them, where a fleet is asked (`stream.fleet.engine.By`).
    """

    bed: str
    latency_s: dict[str, list[float]]
    windows: dict[str, Count]
    samples: dict[str, Count]
    detections: dict[str, Count]
    budget_misses: Count
    pending: int
    stage: Stage
    alarms: dict[str, str]
    scored_s: dict[str, float]
    groups: dict[str, str]
    channels: dict[str, str]
    unjournalled: Count = 0
    level: Count = 0
    second_look: dict[str, Count] = field(default_factory=dict)
    fleet: dict[str, Count] = field(default_factory=dict)
    artefacts: dict[str, Count] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ReadyReport:
    """The detector has bound models and montage to one bed's stream: what `info` is made of.

    `settle_s`: for so long a channel is not analysed after a bad sample, until no filter remembers it.
    """

    bed: str
    recording: int
    engine: str
    detector: dict[str, str]
    sleep: dict[str, str]
    channels: list[str]
    groups: dict[str, list[str]]
    left_out: dict[str, str]
    threshold: float
    rate_hz: float
    model_rate_hz: float
    window_s: float
    hop_s: float
    settle_s: float
    delay_ms: dict[str, float]
    contract: str = ""


TRACES_REST_FROM: Final = 2
"""The overload ladder's level from which the page draws no traces: they cost the parent what the detector lacks."""

Report = AcquireReport | DetectReport | ReadyReport
_READERS: dict[str, TypeAdapter[Report]] = {
    kind.__name__: TypeAdapter(kind) for kind in (AcquireReport, DetectReport, ReadyReport)
}


@dataclass(slots=True)
class ReportWriter:
    """Writes reports to a non-blocking pipe; counts what the parent was too slow to take."""

    fd: int
    dropped: int = field(default=0)
    _cut: bool = field(default=False, init=False)

    def __post_init__(self) -> None:
        os.set_blocking(self.fd, False)

    def send(self, report: Report) -> None:
        """Write one line; a pipe too full for it loses it, or its end."""
        # A leading newline ends a line that a full pipe has cut, so that only that one is lost.
        line = ("\n" * self._cut + json.dumps({"kind": type(report).__name__, **asdict(report)}) + "\n").encode()
        try:
            written = os.write(self.fd, line)
        except BlockingIOError:
            self.dropped += 1
            return
        self._cut = written < len(line)
        self.dropped += self._cut


def parse(line: str | bytes) -> Report:
    """Read one line back.

    Raises
    ------
    ValueError
        if the line is not a whole report (a cut line after a full pipe), or a field has another type or range
    """
    fields = json.loads(line)
    reader = _READERS.get(str(fields.pop("kind", ""))) if isinstance(fields, dict) else None
    if reader is None:
        raise ValueError("a report without a known kind")
    return reader.validate_python(fields)
