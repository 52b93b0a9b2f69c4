"""Where the demo takes place: a folder of its own, free ports, and an LSL session that no other program sees."""

import os
import socket
import tempfile
import uuid
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from stream.config.keys import Acquire, Bed, Config, JournalFile, Metrics, Web
from stream.config.load import ENVIRONMENT_PREFIX, load, to_toml
from stream.config.publish_keys import Publish
from stream.logbook.samplelog import ring_path

BED: Final = "bed-1"
HOST: Final = "127.0.0.1"
STREAM: Final = "spikewatch-demo"
RING_SUFFIXES: Final = (".ring", ".lock", ".new")
LSL_SETTINGS: Final = """[ports]
IPv6 = disable
[multicast]
ResolveScope = machine
[lab]
SessionID = {session}
[log]
level = -3
"""


@dataclass(frozen=True, slots=True)
class Place:
    """The folder with config.toml and lsl_api.cfg, what config.toml says, and the children's environment."""

    folder: Path
    config: Config
    environment: dict[str, str]

    @property
    def config_file(self) -> Path:
        """The configuration that `spikewatch run` is given."""
        return self.folder / "config.toml"

    @property
    def topics(self) -> str:
        """What an MQTT client subscribes to."""
        return f"spikewatch/v1/{self.config.site}/{BED}/#"

    @property
    def page(self) -> str:
        """URL of the live page."""
        return f"http://{HOST}:{self.config.web.port}/"

    @property
    def metrics(self) -> str:
        """URL of the scrape page."""
        return f"http://{HOST}:{self.config.metrics.port}/metrics"


@contextmanager
def made(overrides: Sequence[str] = ()) -> Iterator[Place]:
    """Make the place, some keys of its configuration overruled; afterwards neither folder nor sample log remains.

    Raises
    ------
    ConfigError
        if an override cannot be
    """
    with tempfile.TemporaryDirectory(prefix="spikewatch-demo-") as name:
        folder = Path(name)
        place = Place(folder, settings(folder), _environment(folder))
        place.config_file.write_text(to_toml(place.config), encoding="utf-8")
        # Read back with the overrides on top, so that --set means here what it means to every other command.
        place = replace(place, config=load(place.config_file, overrides, environment={}))
        place.config_file.write_text(to_toml(place.config), encoding="utf-8")
        try:
            yield place
        finally:
            # Acquisition leaves its ring for a successor; after the demo there is none, and it holds 10 min of memory.
            for suffix in RING_SUFFIXES:
                ring_path(place.config, BED).with_suffix(suffix).unlink(missing_ok=True)


def settings(folder: Path) -> Config:
    """Return the demo's configuration, with three ports that are free now."""
    mqtt, metrics, web = free_ports(3)
    return Config(
        site="demo",
        bed=[Bed(id=BED, acquire=Acquire(name=STREAM, source_id=STREAM))],
        # All that amqtt speaks; "auto" would spend a refused connection on MQTT 5 first.
        publish=Publish(host=HOST, port=mqtt, protocol="3.1.1"),
        journal=JournalFile(path=folder / "spikewatch.db"),
        metrics=Metrics(host=HOST, port=metrics),
        web=Web(host=HOST, port=web),
    )


def _environment(folder: Path) -> dict[str, str]:
    """Write LSL's settings and return the children's environment; the user's settings for Spikewatch are left out."""
    path = folder / "lsl_api.cfg"
    path.write_text(LSL_SETTINGS.format(session=f"spikewatch-demo-{uuid.uuid4().hex}"), encoding="utf-8")
    theirs = {name: value for name, value in os.environ.items() if not name.startswith(ENVIRONMENT_PREFIX)}
    return {**theirs, "LSLAPICFG": str(path)}


def free_ports(count: int) -> list[int]:
    """Return free TCP ports; all are held at once, so that they differ."""
    with ExitStack() as stack:
        probes = [stack.enter_context(socket.socket()) for _ in range(count)]
        for probe in probes:
            probe.bind((HOST, 0))
        return [int(probe.getsockname()[1]) for probe in probes]
