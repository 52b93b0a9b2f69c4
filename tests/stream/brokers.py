"""A real broker that a test may kill, and a subscriber that keeps what it receives."""

import json
import shutil
import signal
import subprocess
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.subscribeoptions import SubscribeOptions

from tests.ports import free_port

MOSQUITTO = shutil.which("mosquitto") or shutil.which("mosquitto", path="/usr/sbin:/usr/local/sbin")
PATIENCE_S = 180.0
"""For what must happen, where the time is no promise: a host that does other things besides takes many times longer."""


@dataclass
class Broker:
    """mosquitto on a port of its own; `lines` are added to its configuration."""

    folder: Path
    lines: tuple[str, ...] = ()
    port: int = field(default_factory=free_port)
    process: subprocess.Popen[str] | None = None

    def start(self) -> None:
        """Start it and wait until it listens."""
        assert MOSQUITTO is not None
        configuration = self.folder / f"mosquitto-{self.port}.conf"
        # Without `user root`, mosquitto that is started as root becomes another user, whom pytest's folders shut out.
        basic = (f"listener {self.port} 127.0.0.1", "user root", "allow_anonymous true", "log_dest stderr")
        # The log goes to a pipe that is read no further than the start: a broker that fills it would block.
        quiet = ("log_type information", "connection_messages false")
        configuration.write_text("\n".join((*basic, *quiet, *self.lines)) + "\n")
        self.process = subprocess.Popen(
            [MOSQUITTO, "-c", str(configuration)], stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True
        )
        assert self.process.stderr is not None
        # Until then its port refuses connections, and a client that came too early would fail the test.
        while "running" not in (line := self.process.stderr.readline()):
            assert line, "mosquitto did not start"

    def kill(self) -> None:
        """Kill it with SIGKILL: it forgets everything."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            assert self.process.stderr is not None
            self.process.stderr.close()
            self.process = None

    def freeze(self) -> None:
        """Stop it as a hanging machine would: connections stay, nothing is answered."""
        assert self.process is not None
        self.process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Continue it."""
        assert self.process is not None
        self.process.send_signal(signal.SIGCONT)


@dataclass(frozen=True)
class Received:
    """One message as a subscriber got it."""

    topic: str
    payload: dict[str, Any]
    retain: bool
    at_s: float


class Witness:
    """Receives everything under spikewatch/, through restarts of the broker; the retain flag is as published."""

    def __init__(self, port: int, client_id: str = "witness", version: int = paho.MQTTv5) -> None:
        self.received: list[Received] = []
        self._changed = threading.Condition()
        self._subscribed = threading.Event()
        self._client = paho.Client(
            CallbackAPIVersion.VERSION2,
            client_id=client_id,
            protocol=version,  # type: ignore[arg-type]
        )
        # paho itself would wait for a second; a test that kills the broker looks for what comes right after.
        self._client.reconnect_delay_set(0.02, 0.02)  # type: ignore[arg-type]
        # Without retainAsPublished a broker clears the flag on what it passes on live; MQTT 3.1.1 has no such option.
        how = {"options": SubscribeOptions(qos=1, retainAsPublished=True)} if version == paho.MQTTv5 else {"qos": 1}
        self._client.on_connect = lambda client, *_: client.subscribe("spikewatch/#", **how)
        self._client.on_subscribe = lambda *_: self._subscribed.set()
        self._client.on_message = lambda _client, _data, message: self._on_message(message)
        self._client.connect("127.0.0.1", port, keepalive=5)
        self._client.loop_start()
        # What is published before the subscription stands would never arrive, and a test would wait for it in vain.
        assert self._subscribed.wait(PATIENCE_S)

    def _on_message(self, message: paho.MQTTMessage) -> None:
        with self._changed:
            payload = json.loads(message.payload)
            self.received.append(Received(message.topic, payload, message.retain, time.monotonic()))
            self._changed.notify_all()

    def on(self, topic: str) -> list[dict[str, Any]]:
        """Return the payloads whose topic ends so."""
        with self._changed:
            return [message.payload for message in self.received if message.topic.endswith("/" + topic)]

    def wait(self, until: Callable[["Witness"], bool]) -> None:
        """Wait until something is true of what was received."""
        with self._changed:
            assert self._changed.wait_for(lambda: until(self), PATIENCE_S), f"received {self.received[-20:]}"

    def publish(self, topic: str, payload: str, *, retain: bool = False) -> None:
        """Publish a message, and wait for its acknowledgement."""
        self._client.publish(topic, payload, qos=1, retain=retain).wait_for_publish(PATIENCE_S)

    def close(self) -> None:
        """Stop listening."""
        self._client.disconnect()
        self._client.loop_stop()
