"""Payloads that go through the journal: each has an `id` that never changes and a number, `seq`, without holes."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from stream.schema.alarms import Priority
from stream.schema.payload import SCHEMA, Message, Probability, Seq
from stream.terms import Polarity, Stage


class Model(BaseModel):
    """The network that made a result."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    name: str
    sha256: str


class StageLatency(BaseModel):
    """From the arrival of a window's last sample, milliseconds spent in each stage; null where it was not measured."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    acquire: float
    condition: float
    frame: float
    infer: float
    merge: float
    journal: float | None = None
    total: float | None = None


class Reasons(BaseModel):
    """The six criteria of the IFCN, as numbers known when the event was decided; null where too little was."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    sharpness: Annotated[float | None, Field(description="curvature of the peak over the background's")] = None
    duration_ms: float | None = None
    asymmetry: Annotated[float | None, Field(ge=-1, le=1, description="above 0: it falls slower than it rises")] = None
    after_wave: Annotated[float | None, Field(description="slow wave after it, as a share of the peak")] = None
    background_change: Annotated[float | None, Field(description="amplitude after it over that before it")] = None
    field: Annotated[float | None, Field(ge=0, le=1, description="share seen beyond two derivations")] = None


class IedEvent(Message):
    """`event/ied`: one interictal epileptiform discharge. `onset_s` is relative to the peak, at `sample`."""

    id: str
    seq: Seq = 0
    kind: Literal["ied"] = "ied"
    sample: Annotated[int, Field(description="of the peak, absolute, at the stream's rate")]
    lsl_time_s: Annotated[float, Field(description="of the peak, on the LSL clock of the host that runs Spikewatch")]
    utc: datetime
    onset_s: float
    duration_s: Annotated[float, Field(ge=0)]
    group: str
    peak_channel: str
    channels: tuple[str, ...]
    probability: Probability
    threshold: Probability
    amplitude_uv: float
    polarity: Polarity
    sleep_stage: Stage
    sleep_confidence: Annotated[Probability, Field(description="of that stage; 0 while none is known")] = 0.0
    model: Model
    engine: str
    latency_ms: StageLatency
    flags: tuple[str, ...] = ()
    lead_channel: Annotated[str, Field(description="the derivation that peaks first")] = ""
    cluster: Annotated[str, Field(description="events that look alike: recording and number, like 1-2")] = ""
    similar: Annotated[int, Field(ge=0, description="recent events like it that count for it")] = 0
    reasons: Reasons = Reasons()
    contract: Annotated[str, Field(description="what is promised of this bed's events; empty where nothing is")] = ""
    schema_: Annotated[Literal["spikewatch/event/ied/1"], SCHEMA] = "spikewatch/event/ied/1"


class SleepMessage(Message):
    """`state/sleep`: the stage of the last epoch, since when it has lasted, and how far the model looks ahead."""

    id: str
    seq: Seq = 0
    stage: Stage
    confidence: Annotated[Probability, Field(description="probability of that stage; 0 while none is known")] = 0.0
    probabilities: dict[str, Probability]
    since_utc: datetime
    epoch_end_utc: datetime
    lookahead_s: float
    ready: bool
    schema_: Annotated[Literal["spikewatch/state/sleep/1"], SCHEMA] = "spikewatch/state/sleep/1"


class Alarm(Message):
    """`event/alarm`: a technical alarm condition begins or ends."""

    id: str
    seq: Seq = 0
    kind: Literal["alarm"] = "alarm"
    name: str
    on: bool
    reason: str
    priority: Priority
    action: Annotated[str, Field(description="what to do about it")]
    utc: datetime
    schema_: Annotated[Literal["spikewatch/event/alarm/1"], SCHEMA] = "spikewatch/event/alarm/1"


class Audit(Message):
    """`event/audit`: what was done: a start, a stop, a command."""

    id: str
    seq: Seq = 0
    kind: Literal["audit"] = "audit"
    action: str
    detail: dict[str, str]
    utc: datetime
    previous_seq: Annotated[int, Field(ge=0, description="of the bed's entry before it; 0 for its first")] = 0
    previous_sha256: Annotated[str, Field(description="of that entry's payload, byte by byte; empty for its first")] = (
        ""
    )
    schema_: Annotated[Literal["spikewatch/event/audit/1"], SCHEMA] = "spikewatch/event/audit/1"


Verdict = Literal["accept", "reject", "relabel", "undo"]
Covers = Literal["event", "cluster", "review"]


class Review(Message):
    """`event/review`: what a person says of an event, of all events so far of a cluster, or that a review is undone."""

    id: str
    seq: Seq = 0
    kind: Literal["review"] = "review"
    reviewer: str
    verdict: Verdict
    target: Annotated[str, Field(description="id of an event or of a review, or a cluster like 1-2")]
    covers: Covers
    until_seq: Annotated[int, Field(ge=0, description="events of the cluster up to this seq were judged")] = 0
    threshold: Annotated[Probability, Field(description="less probable events of the cluster were not judged")] = 0.0
    label: str = ""
    drawn: Annotated[bool, Field(description="the event was drawn by chance, and counts for a promise")] = False
    utc: datetime
    schema_: Annotated[Literal["spikewatch/event/review/1"], SCHEMA] = "spikewatch/event/review/1"
