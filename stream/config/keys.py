"""Every configuration key, its default, its unit and its limits."""

import ipaddress
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, SecretStr, field_validator, model_validator

from stream.config.merge_keys import Merge
from stream.config.publish_keys import Publish
from stream.config.section import Port, Section

TopicId = Annotated[
    str,
    Field(
        pattern=r"^[a-z0-9][a-z0-9_-]{0,63}$",
        description="a lower-case id of letters, digits, - and _, at most 64 long",
    ),
]
"""A lower-case id that may stand in an MQTT topic; never anything that identifies a patient."""

Hertz = Annotated[float, Field(strict=True, gt=0)]


def _mains(notch_hz: float) -> float:
    if notch_hz not in {50, 60}:
        raise ValueError(f'{notch_hz:g} is no mains frequency; it takes 50, 60, "auto" or "off"')
    return notch_hz


def _table_of_groups(groups: dict[str, list[str]]) -> dict[str, list[str]]:
    if not groups:
        raise ValueError("a table of groups needs at least one group")
    for name, derivations in groups.items():
        # How many derivations fit depends on the detector; checked where its manifest is read.
        if not derivations:
            raise ValueError(f'group "{name}" has no derivations; give it as many as the detector takes, like "Fp1-F7"')
        for derivation in derivations:
            _derivation(name, derivation)
    return groups


def _derivation(group: str, derivation: str) -> None:
    plus, dash, minus = derivation.partition("-")
    if not (plus.strip() and dash and minus.strip()):
        raise ValueError(f'"{derivation}" in group "{group}" is no derivation; write two electrodes like "Fp1-F7"')


def _each_an_alias(aliases: tuple[str, ...]) -> tuple[str, ...]:
    for alias in aliases:
        label, equals, name = alias.rpartition("=")
        if not (label.strip() and equals and name.strip()):
            raise ValueError(f'"{alias}" is no alias; write a label and its electrode like "ch 1 = Fp1"')
    return aliases


def _address_of_fleet(url: str) -> str:
    parts = urlsplit(url)
    try:
        whole = parts.scheme == "http" and parts.hostname and parts.port != 0 and parts.path in {"", "/"}
    except ValueError:  # a port that is no number
        whole = False
    if url and not whole:
        raise ValueError(f'"{url}" is no address of a fleet; write one like "http://127.0.0.1:8100", or "" for none')
    return url


def is_loopback(host: str) -> bool:
    """Check whether only this machine can reach a server that listens at `host`."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


class Acquire(Section):
    """Which LSL stream the bed is bound to: every key given must match exactly one stream."""

    name: str = ""
    type: str = "EEG"
    source_id: str = ""
    hostname: str = ""
    unit: Literal["auto", "uV", "mV", "V", "any"] = "auto"
    channel_type: Literal["auto", "EEG"] = "auto"
    # Markers include this age. Times of events do not: they are the sender's time stamps, as in any other recorder of
    # the stream.
    sample_age_ms: Annotated[float, Field(strict=True, ge=0, le=10_000)] = 0.0
    # A minute at least: after a restart the detector warms its filters up from samples still in the ring.
    ring_s: Annotated[float, Field(strict=True, ge=60, le=7200)] = 600.0


class Condition(Section):
    """From raw channels to derivations at the model's rate."""

    montage: Literal["scalp", "shaft"] | Annotated[dict[str, list[str]], AfterValidator(_table_of_groups)] = Field(
        default="scalp", description='"scalp", "shaft" or a table of groups, each of 5 derivations like "Fp1-F7"'
    )
    aliases: Annotated[tuple[str, ...], AfterValidator(_each_an_alias)] = Field(
        default=(), description='channel labels and their electrodes, each like "ch 1 = Fp1"'
    )
    bandpass_hz: Annotated[tuple[Hertz, Hertz], Field(description="two numbers above 0, low then high")] = (1.0, 50.0)
    notch_hz: (
        Literal["auto", "off"]
        | Annotated[float, Field(strict=True, json_schema_extra={"enum": [50, 60]}), AfterValidator(_mains)]
    ) = "auto"
    quality_gate: bool = Field(default=True, strict=True)

    def electrodes(self) -> dict[str, str]:
        """Return the electrodes by the labels of their channels."""
        parts = (alias.rpartition("=") for alias in self.aliases)
        return {label.strip(): name.strip() for label, _, name in parts}

    @field_validator("bandpass_hz")
    @classmethod
    def _low_then_high(cls, bandpass_hz: tuple[float, float]) -> tuple[float, float]:
        low_hz, high_hz = bandpass_hz
        if low_hz >= high_hz:
            raise ValueError(f"{low_hz:g} is not below {high_hz:g}; give the low edge first")
        return bandpass_hz


class BedInfer(Section):
    """Which detector scores this bed's windows, where it is another than the other beds'."""

    detector: str = "default"


class Bed(Section):
    """One patient's place: a stream, a montage, a threshold, and if need be a detector of its own."""

    id: TopicId
    acquire: Acquire = Acquire()
    condition: Condition = Condition()
    infer: BedInfer = BedInfer()
    merge: Merge = Merge()


class Frame(Section):
    """How often a window ends."""

    # A hop must be a whole number of samples; checked where the model, and so the rate, is known.
    hop_ms: Annotated[float, Field(strict=True, ge=15, le=1000)] = 125.0


class Infer(Section):
    """Which models score the windows, where, and by when."""

    device: Literal["auto", "cuda", "cpu"] = "auto"
    precision: Literal["fp32", "bf16"] = "fp32"
    threads: Annotated[int, Field(strict=True, ge=1, le=64)] = 1
    detector: str = "auto"
    sleep: str = "auto"
    budget_ms: Annotated[float, Field(strict=True, gt=0, le=10_000)] = 250.0
    fleet: Annotated[str, AfterValidator(_address_of_fleet)] = ""
    fleet_deadline_ms: Annotated[float, Field(strict=True, ge=5, le=10_000)] = 100.0


class Watch(Section):
    """When a bed counts as watched."""

    stale_s: Annotated[float, Field(strict=True, ge=2, le=600)] = 10.0


class Review(Section):
    """What is kept for a reviewer beside events."""

    # By the tables of the shipped models, 12 false events an hour on the scalp, and 340 on a depth lead.
    floor: Annotated[float, Field(strict=True, ge=0, lt=1)] = 0.3
    # Off, so that no raw EEG touches a disk unless somebody decides that it may.
    snippets: bool = Field(default=False, strict=True)


class JournalFile(Section):
    """Where events are kept, for how long, and how many at the most."""

    path: Path = Path("spikewatch.db")
    # What no broker has received is kept however old it is, and so are coverage and cursors.
    retention_days: Annotated[int, Field(strict=True, ge=1, le=3650)] = 30
    # At an event of 1 kB a second, thirty days are 2.6 GB.
    max_mb: Annotated[int, Field(strict=True, ge=1, le=1_000_000)] = 4096


class Served(Section):
    """A page this host serves; to other machines only where `allow_remote` is set."""

    host: str = "127.0.0.1"
    port: Port
    allow_remote: bool = Field(default=False, strict=True)

    @property
    def url(self) -> str:
        """Its address for a browser of this machine."""
        return f"http://[{self.host}]:{self.port}/" if ":" in self.host else f"http://{self.host}:{self.port}/"

    @model_validator(mode="after")
    def _remote_only_on_purpose(self) -> "Served":
        # Metrics ask for no password, and the page only where it has a token: it is the host that keeps others out.
        if not self.allow_remote and not is_loopback(self.host):
            raise ValueError(
                f'host "{self.host}" lets other machines in; use "127.0.0.1", or set allow_remote = true here'
            )
        return self


class Metrics(Served):
    """Where Prometheus scrapes."""

    port: Port = 9464


class Web(Served):
    """Where the live page is served, and to whom. A token itself comes from a file or the environment."""

    port: Port = 8080
    token: SecretStr = Field(default=SecretStr(""), exclude=True)
    token_file: str = ""


class Log(Section):
    """What is logged. No "debug": libraries then log what they send, and with it cookies."""

    # Alarms and what fails are warnings, so that no level hides them.
    level: Literal["info", "warning"] = "info"


class Config(Section):
    """The whole of config.toml."""

    site: TopicId = "demo"
    bed: Annotated[list[Bed], Field(min_length=1, description="at least one [[bed]] table with an id")]
    frame: Frame = Frame()
    infer: Infer = Infer()
    watch: Watch = Watch()
    publish: Publish = Publish()
    review: Review = Review()
    journal: JournalFile = JournalFile()
    metrics: Metrics = Metrics()
    web: Web = Web()
    log: Log = Log()

    @model_validator(mode="after")
    def _bed_ids_differ(self) -> "Config":
        # Two beds of one id would share a sample log, and with it two patients.
        ids = [bed.id for bed in self.bed]
        doubled = [f'bed.{index}.id = "{name}"' for index, name in enumerate(ids) if name in ids[:index]]
        if doubled:
            raise ValueError(f"{doubled[0]} is the id of another bed; give each bed its own")
        return self
