"""Payloads of the present: retained states, each in the place of the one before, and the heartbeat."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from stream.schema.alarms import Priority
from stream.schema.payload import NOTICE, SCHEMA, Count, Message, Notice, Probability


class Status(Message):
    """`status`: whether this bed is watched. "offline" comes from the broker, as the last will."""

    state: Annotated[
        Literal["online", "degraded", "stale", "offline", "stopped"],
        Field(description="only online and degraded beds are watched: live samples are being analysed"),
    ]
    reason: str = ""
    alarms: dict[str, str] = Field(default_factory=dict, description="the reason of each alarm that lasts")
    priorities: dict[str, Priority] = Field(default_factory=dict, description="how grave each of them is")
    actions: dict[str, str] = Field(default_factory=dict, description="what to do about each of them")
    groups: dict[str, str] = Field(
        default_factory=dict, description="each group that is not analysed, with the reason; what is well is not listed"
    )
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
    settle_s: float
    delay_ms: dict[str, float]
    contract: Annotated[str, Field(description="what is promised of this bed's events; empty where nothing is")] = ""
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


class IndexPart(BaseModel):
    """Spike-wave index of some seconds of sleep: of those `analysed_s`, how many percent have a spike."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    percent: Annotated[float | None, Field(ge=0, le=100, description="null while none of them was analysed")]
    analysed_s: Count
    coverage: Annotated[float, Field(ge=0, le=1, description="share of the seconds wanted that came and were analysed")]


class SpikeWaveIndex(Message):
    """`state/spike_wave_index`: share of seconds of NREM sleep with a spike, by the usual definitions side by side.

    Of the detector's events: spikes that it misses are not in it, so that it is too low where discharges are small.
    """

    utc: datetime
    window_h: Annotated[float, Field(description="how far back sleep is looked at, hours")]
    first_100_s_n2: IndexPart
    first_10_min_nrem: IndexPart
    nrem: IndexPart
    cycles: Annotated[tuple[IndexPart, ...], Field(description="NREM of each cycle; 5 min of REM sleep end one")]
    schema_: Annotated[Literal["spikewatch/state/spike_wave_index/1"], SCHEMA] = "spikewatch/state/spike_wave_index/1"


class Quality(Message):
    """`state/quality`: what cannot be analysed at present, and why; what is well is not listed."""

    utc: datetime
    groups: Annotated[dict[str, str], Field(description="each group whose newest window is not scored")]
    channels: Annotated[dict[str, str], Field(description="each channel of such a group that may be at fault")]
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
