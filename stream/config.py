"""config.toml: every key, its default, its unit and its limits. The only code that knows TOML."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

TopicId = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,63}$")]
"""A lower-case id that may stand in an MQTT topic; never anything that identifies a patient."""

Port = Annotated[int, Field(ge=1, le=65535)]


class Section(BaseModel):
    """A table of config.toml: an unknown key is an error that names it."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Acquire(Section):
    """Which LSL stream the bed is bound to: every key given must match exactly one stream."""

    name: str = ""
    type: str = "EEG"
    source_id: str = ""
    hostname: str = ""
    unit: Literal["auto", "uV", "mV", "V", "any"] = "auto"
    ring_s: Annotated[float, Field(ge=60, le=7200)] = 600.0


class Condition(Section):
    """From raw channels to derivations at the model's rate."""

    montage: Literal["scalp", "shaft"] | dict[str, list[str]] = "scalp"
    bandpass_hz: tuple[float, float] = (1.0, 50.0)
    notch_hz: Literal["auto", "off"] | float = "auto"


class Merge(Section):
    """When scores become an event."""

    threshold: Literal["default"] | Annotated[float, Field(gt=0, lt=1)] = "default"


class Bed(Section):
    """One patient's place: a stream, a montage, a threshold."""

    id: TopicId
    acquire: Acquire = Acquire()
    condition: Condition = Condition()
    merge: Merge = Merge()


class Frame(Section):
    """How often a window ends."""

    hop_ms: Annotated[float, Field(ge=15, le=1000)] = 125.0


class Infer(Section):
    """Which models score the windows, where, and by when."""

    device: Literal["auto", "cuda", "cpu"] = "auto"
    detector: str = "auto"
    sleep: str = "auto"
    budget_ms: Annotated[float, Field(gt=0, le=10_000)] = 250.0


class Publish(Section):
    """The MQTT broker."""

    host: str = "127.0.0.1"
    port: Port = 1883
    username: str = ""
    password_file: str = ""
    protocol: Literal["5", "3.1.1", "auto"] = "auto"


class JournalFile(Section):
    """Where events are kept."""

    path: Path = Path("spikewatch.db")


class Metrics(Section):
    """Where Prometheus scrapes."""

    host: str = "127.0.0.1"
    port: Port = 9464


class Web(Section):
    """Where the live page is served."""

    host: str = "127.0.0.1"
    port: Port = 8080


class Config(Section):
    """The whole of config.toml."""

    site: TopicId = "demo"
    bed: Annotated[list[Bed], Field(min_length=1)]
    frame: Frame = Frame()
    infer: Infer = Infer()
    publish: Publish = Publish()
    journal: JournalFile = JournalFile()
    metrics: Metrics = Metrics()
    web: Web = Web()

    @model_validator(mode="after")
    def _bed_ids_differ(self) -> "Config":
        ids = [bed.id for bed in self.bed]
        if len(set(ids)) != len(ids):
            raise ValueError("two beds have the same id")
        return self
