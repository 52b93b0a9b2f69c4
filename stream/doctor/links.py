"""Checks of `spikewatch doctor` beyond this process: ports, the MQTT broker, LSL streams and the beds that they fit."""

import asyncio
import io
import socket
import threading
import time
import urllib.request
import uuid
from collections.abc import Iterator
from http.client import HTTPException

import numpy as np

from models.readers.contract import Recording, in_memory
from stream.acquire import identity
from stream.acquire import lsl as acquire
from stream.config.keys import Bed, Config
from stream.config.publish_keys import Publish
from stream.doctor.check import Check
from stream.doctor.signal import check_signal
from stream.errors import ConfigError
from stream.publish.mqtt import BrokerError, Will, connected
from stream.records import Source
from stream.replay import Playback, replay

WEB_TIMEOUT_S = 2.0
# LSL finds a stream of this host within a second; three leave room for a busy one.
RESOLVE_WITHIN_S = 3.0
OWN_STREAM_RATE_HZ = 100.0
VERSIONS = {"5": ("5",), "3.1.1": ("3.1.1",), "auto": ("5", "3.1.1")}
"""The MQTT versions that `publish.protocol` allows, in the order in which they are tried."""


def check_ports(config: Config) -> Iterator[Check]:
    """Check that metrics and page can be served where the configuration says."""
    for name, host, port in (
        ("metrics", config.metrics.host, config.metrics.port),
        ("web", config.web.host, config.web.port),
    ):
        where = f"{host}:{port}"
        try:
            # By listening, not by connecting: only that shows that the port is free on this very address.
            with socket.create_server((host, port), family=_family(host)):
                yield Check(name, "ok", f"{where} is free")
        except OSError as error:
            if _is_ours(host, port):
                yield Check(name, "ok", f"{where} is served by a Spikewatch that runs")
            else:
                yield Check(name, "fail", f"{where}: {error.strerror}", f"set {name}.port or {name}.host to another")


def _family(host: str) -> socket.AddressFamily:
    return socket.AF_INET6 if ":" in host else socket.AF_INET


def _is_ours(host: str, port: int) -> bool:
    """Return whether a running Spikewatch serves there: both its pages name it."""
    address = f"[{host}]" if ":" in host else host
    try:
        with urllib.request.urlopen(f"http://{address}:{port}/", timeout=WEB_TIMEOUT_S) as answer:
            return b"spikewatch" in answer.read(65536).lower()
    except (OSError, HTTPException):
        return False


def check_broker(config: Config) -> Iterator[Check]:
    """Connect as the publisher will, with the newest version that the configuration allows and the broker speaks."""
    broker = config.publish
    # A topic that this user may be allowed to write, and an empty payload: should it be sent, it leaves nothing behind.
    will = Will(f"spikewatch/v1/{config.site}/doctor", "")
    where, reason = f"{broker.host}:{broker.port}", ""
    for version in VERSIONS[broker.protocol]:
        try:
            asyncio.run(_greet(broker, version, will))
        except ConfigError as error:
            yield Check("broker", "fail", str(error), "mend that file, or name another")
            return
        except BrokerError as error:
            reason = str(error)
        else:
            yield Check("broker", "ok", f"{where} accepts us with MQTT {version}")
            return
    remedy = "start a broker there (mosquitto), or set publish.host, port, username, password_file, protocol to its own"
    yield Check("broker", "fail", f"{where}: {reason}", remedy)


async def _greet(broker: Publish, version: str, will: Will) -> None:
    async with connected(broker, "spikewatch-doctor", version, will):
        pass


def check_streams(config: Config) -> Iterator[Check]:
    """Send a stream of our own and look for it; then report which of the others each bed would bind to."""
    name = f"spikewatch-doctor-{uuid.uuid4().hex[:8]}"
    # Only a stream that is known to be there can show whether discovery works.
    sending = threading.Thread(target=_send, args=(name,), daemon=True)
    sending.start()
    started_s = time.monotonic()
    seen: list[Source] = []
    while not any(source.name == name for source in seen) and time.monotonic() - started_s < RESOLVE_WITHIN_S:
        seen = acquire.streams()
    others = [source for source in seen if source.name != name]
    if len(others) < len(seen):
        yield Check("lsl", "ok", f"a stream of this machine's own was found; {len(others)} others are visible")
    else:
        remedy = "let UDP 16571 and TCP and UDP 16572-16604 through the firewall; give a container the host's network"
        yield Check("lsl", "fail", f"a stream of this machine's own was not found in {RESOLVE_WITHIN_S:g} s", remedy)
    for bed in config.bed:
        found = identity.match(bed.acquire, others)
        yield _binding(bed, found)
        if not isinstance(found, identity.NoMatch) and not identity.unfit(found, bed.acquire.unit):
            network = acquire.LslNetwork()
            # A stream is opened by what a search of this network found.
            network.visible()
            yield from check_signal(config, bed, found, network)
    sending.join()


def _send(name: str) -> None:
    """Send silence for as long as is looked for it."""
    silence = np.zeros((1, round(RESOLVE_WITHIN_S * OWN_STREAM_RATE_HZ)), np.float32)
    recording = Recording(silence, OWN_STREAM_RATE_HZ, ("1",), ("",), ("",))
    replay(in_memory(recording), Playback(name=name, type="doctor", source_id=name), out=io.StringIO())


def _binding(bed: Bed, found: Source | identity.NoMatch) -> Check:
    """Report which stream a bed would bind to."""
    # By acquisition's own rules, so that the doctor never promises what a run then refuses.
    name = f"bed {bed.id}"
    if isinstance(found, identity.NoMatch):
        if found.several:
            return Check(name, "fail", found.reason, "name one stream alone; see `spikewatch streams`")
        # A warning: an amplifier that is off is no fault of this machine.
        return Check(name, "warn", found.reason, "start the amplifier; see `spikewatch streams`")
    trouble = identity.unfit(found, bed.acquire.unit)
    if trouble:
        return Check(name, "fail", trouble, f"mend the stream, or see [bed.acquire] of {bed.id}")
    return Check(name, "ok", identity.described(found))
