"""What is said over MQTT: one frozen type for each payload, and from it a JSON Schema in docs/schema.

`python -m stream.schema.messages` writes the schemas.
"""

import json
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from stream.records import Polarity, Stage

LONGEST_REPLAY = 10_000
Notice = Literal["research software, not a medical device"]
NOTICE: Notice = "research software, not a medical device"

SCHEMA = Field(validation_alias="schema", serialization_alias="schema")
Probability = Annotated[float, Field(ge=0, le=1)]
Count = Annotated[int, Field(ge=0)]
Seq = Annotated[int, Field(ge=0, description="contiguous per bed from 1; the journal gives it")]


class Message(BaseModel):
    """A payload: its keys are a contract, `schema` names their version."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", serialize_by_alias=True, json_schema_serialization_defaults_required=True
    )
    bed: str

    @classmethod
    def topic(cls) -> str:
        """Give the topic after the bed: the middle of the schema's name."""
        schema: str = cls.model_fields["schema_"].default
        return schema.removeprefix("spikewatch/").rpartition("/")[0]

    def payload(self) -> dict[str, Any]:
        """Give the keys and values as JSON knows them."""
        # Through text, so that a number that is none becomes null, which JSON knows.
        payload: dict[str, Any] = json.loads(self.model_dump_json())
        return payload


class Model(BaseModel):
    """Which network spoke."""

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


class IedEvent(Message):
    """`event/ied`: one interictal epileptiform discharge. `onset_s` is relative to the peak, at `sample`."""

    id: str
    seq: Seq = 0
    kind: Literal["ied"] = "ied"
    sample: Annotated[int, Field(description="of the peak, absolute, at the stream's rate")]
    lsl_time_s: Annotated[float, Field(description="of the peak, on the sender's LSL clock")]
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
    model: Model
    engine: str
    latency_ms: StageLatency
    flags: tuple[str, ...] = ()
    schema_: Annotated[Literal["spikewatch/event/ied/1"], SCHEMA] = "spikewatch/event/ied/1"


class SleepMessage(Message):
    """`state/sleep`: the stage of the last epoch, since when it has lasted, and how far the model looks ahead."""

    id: str
    seq: Seq = 0
    stage: Stage
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
    utc: datetime
    schema_: Annotated[Literal["spikewatch/event/alarm/1"], SCHEMA] = "spikewatch/event/alarm/1"


class Audit(Message):
    """`event/audit`: who did what: a start, a source accepted, a replay asked for."""

    id: str
    seq: Seq = 0
    kind: Literal["audit"] = "audit"
    action: str
    detail: dict[str, str]
    utc: datetime
    schema_: Annotated[Literal["spikewatch/event/audit/1"], SCHEMA] = "spikewatch/event/audit/1"


class Status(Message):
    """`status`: whether this bed is watched. "offline" comes from the broker, as the last will."""

    state: Literal["online", "degraded", "stale", "offline", "stopped"]
    reason: str = ""
    alarms: dict[str, str] = Field(default_factory=dict)
    since_utc: datetime
    last_seq: Count
    notice: Notice = NOTICE
    schema_: Annotated[Literal["spikewatch/status/1"], SCHEMA] = "spikewatch/status/1"


class Info(Message):
    """`info`: what is watching this bed: software, models, channels, delays, thresholds."""

    recording: Count
    software: str
    version: str
    engine: str
    detector: dict[str, str]
    sleep: dict[str, str]
    channels: tuple[str, ...]
    groups: dict[str, tuple[str, ...]]
    left_out: dict[str, str]
    threshold: Probability
    rate_hz: float
    model_rate_hz: float
    window_s: float
    hop_s: float
    delay_ms: dict[str, float]
    budget_ms: float
    notice: Notice = NOTICE
    schema_: Annotated[Literal["spikewatch/info/1"], SCHEMA] = "spikewatch/info/1"


class Heartbeat(Message):
    """`heartbeat`: every 5 s while the parent lives; its age is how a subscriber knows. `seq` counts heartbeats."""

    seq: Count
    utc: datetime
    newest_sample_utc: datetime | None
    coverage: Annotated[dict[str, Count], Field(description="samples by fate since the recording began")]
    pending: Annotated[int, Field(ge=0, description="samples that came and are not yet analysed")]
    outbox: Annotated[int, Field(ge=0, description="messages without a broker's acknowledgement")]
    schema_: Annotated[Literal["spikewatch/heartbeat/1"], SCHEMA] = "spikewatch/heartbeat/1"


class IedRate(Message):
    """`state/ied_rate`: IEDs in the minute and in the hour before `utc`."""

    utc: datetime
    last_minute: Count
    last_hour: Count
    schema_: Annotated[Literal["spikewatch/state/ied_rate/1"], SCHEMA] = "spikewatch/state/ied_rate/1"


class Quality(Message):
    """`state/quality`: what is wrong with which channel; channels that are well are not listed."""

    utc: datetime
    channels: dict[str, str]
    schema_: Annotated[Literal["spikewatch/state/quality/1"], SCHEMA] = "spikewatch/state/quality/1"


class Quantiles(BaseModel):
    """Of one stage's latency, milliseconds."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    p50: float
    p95: float
    p99: float


class Latency(Message):
    """`state/latency`: each stage's latency over the last `window_s` seconds, against the budget."""

    utc: datetime
    window_s: float
    stages_ms: dict[str, Quantiles]
    budget_ms: float
    budget_misses: Count
    data_age_s: float
    schema_: Annotated[Literal["spikewatch/state/latency/1"], SCHEMA] = "spikewatch/state/latency/1"


class Replay(BaseModel):
    """`cmd/replay`, if commands are taken: send the journalled messages [from_seq, to_seq] again."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    from_seq: Annotated[int, Field(ge=1, strict=True)]
    to_seq: Annotated[int, Field(ge=1, strict=True)]

    @model_validator(mode="after")
    def _a_range_of_some_length(self) -> "Replay":
        if not 0 <= self.to_seq - self.from_seq < LONGEST_REPLAY:
            raise ValueError(f"to_seq must be from_seq or up to {LONGEST_REPLAY - 1} later")
        return self


MESSAGES: dict[str, type[Message]] = {
    "event_ied": IedEvent,
    "event_alarm": Alarm,
    "event_audit": Audit,
    "state_sleep": SleepMessage,
    "state_ied_rate": IedRate,
    "state_quality": Quality,
    "state_latency": Latency,
    "status": Status,
    "info": Info,
    "heartbeat": Heartbeat,
}


COMMANDS: dict[str, type[BaseModel]] = {"cmd_replay": Replay}


def schema_text(name: str) -> str:
    """Give the JSON Schema of one payload, as it stands in docs/schema/NAME.json."""
    schema = (MESSAGES | COMMANDS)[name].model_json_schema(mode="serialization")
    return json.dumps({"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}, indent=2) + "\n"


def write_schemas(folder: Path) -> None:
    """Write every payload's JSON Schema."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in MESSAGES | COMMANDS:
        (folder / f"{name}.json").write_text(schema_text(name), encoding="utf-8")


if __name__ == "__main__":
    write_schemas(Path(__file__).parents[2] / "docs" / "schema")
