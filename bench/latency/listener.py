"""Hears a broker's messages and when each came. A door of paho."""

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Final

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion

SUBSCRIBED_WITHIN_S: Final = 10.0


@dataclass(frozen=True, slots=True)
class Heard:
    """A message, and when it came, on the monotonic clock."""

    topic: str
    payload: dict[str, Any]
    at_s: float


@dataclass(slots=True)
class Listener:
    """All that was heard so far, in the order in which it came."""

    messages: list[Heard] = field(default_factory=list)

    def on(self, topic: str) -> list[Heard]:
        """Give the messages whose topic ends so."""
        return [message for message in list(self.messages) if message.topic.endswith(topic)]


@contextmanager
def listening(host: str, port: int, topics: str) -> Iterator[Listener]:
    """Hear everything on `topics`, QoS 1, on a thread of its own."""
    listener, subscribed = Listener(), threading.Event()
    client = mqtt.Client(CallbackAPIVersion.VERSION2)
    client.on_connect = lambda connected, *_: connected.subscribe(topics, qos=1)
    client.on_subscribe = lambda *_: subscribed.set()

    def on_message(_client: mqtt.Client, _data: object, message: mqtt.MQTTMessage) -> None:
        at_s = time.monotonic()
        listener.messages.append(Heard(message.topic, json.loads(message.payload), at_s))

    client.on_message = on_message
    client.connect(host, port)
    client.loop_start()
    try:
        if not subscribed.wait(SUBSCRIBED_WITHIN_S):
            raise SystemExit(f"the broker at {host}:{port} takes no subscription")
        yield listener
    finally:
        client.disconnect()
        client.loop_stop()
