"""What exports are tested with: two discharges, two stages, a gap and a rejected stretch."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from stream.findings import Findings, StageSpan, Stretch
from stream.records import Detection
from stream.schema.journalled import Model
from stream.schema.outgoing import IedContext, ied_outgoing

BEGAN: Final = datetime(2026, 3, 1, 22, 30, tzinfo=UTC)
STAGES: Final = ("acquire", "condition", "frame", "infer", "merge")


def event(sample: int, rate_hz: float = 256.0) -> dict[str, Any]:
    """Make an event as the journal has it, its peak at a sample."""
    utc = BEGAN + timedelta(seconds=sample / rate_hz)
    found = Detection(
        bed="bed-1", sample=sample, lsl_s=100.0, decided=sample + 30, onset_s=-0.05, duration_s=0.12,
        group="left, temporal", peak_channel="F7-T3", channels=("F7-T3", "T3-T5"), probability=0.9375, threshold=0.5,
        amplitude_uv=-123.5, polarity="negative", flags=("late",),
    )  # fmt: skip
    context = IedContext("ward", 1, Model(name="sc-small", sha256="ab12"), "eager", utc, "N2", dict.fromkeys(STAGES, 1))
    return {"time_s": sample / rate_hz, **ied_outgoing(found, context).payload}


def example(name: str = "bed-1", began: datetime | None = BEGAN) -> Findings:
    """Make findings with something of every kind."""
    return Findings(
        name=name,
        began=began,
        seconds=600.0,
        events=(event(2560), event(76_800)),
        stages=(StageSpan(0.0, 60.0, "N1"), StageSpan(60.0, 240.0, "N2")),
        stretches=(Stretch(0.0, 1.5, "rejected", "start"), Stretch(400.0, 12.25, "missing", "no samples")),
    )


def judged() -> Findings:
    """Make the same, as the journal has it once two reviewers called the first event a blink."""
    first, second = example().events
    said = {"standing": "rejected", "labels": ["blink", "eyes, shut"], "reviewers": ["ann", "bob"]}
    nothing: dict[str, Any] = {"standing": "open", "labels": [], "reviewers": []}
    return replace(example(), events=(first | said, second | nothing))
