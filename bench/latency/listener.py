"""Receives a broker's messages and the time of each; a door of paho."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Final

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion

SUBSCRIBED_WITHIN_S: Final = 10.0


@dataclass(frozen=True, slots=True)
class ReceivedMessage:
    """A message, and when it came, on the monotonic clock."""

    topic: str
    payload: dict[str, Any]
    at_s: float


@dataclass(slots=True)
class Listener:
    """All messages that were received so far, in the order in which they came; `say` publishes a topic's payload."""

    messages: list[ReceivedMessage] = field(default_factory=list)
    say: Callable[[str, str], object] = field(default=lambda _topic, _payload: None)

    def on(self, topic: str) -> list[ReceivedMessage]:
        """Return the messages whose topic ends with `topic`."""
        # A copy first: paho's thread goes on appending while this one looks.
        return [message for message in list(self.messages) if message.topic.endswith(topic)]


@contextmanager
def listening(host: str, port: int, topics: str) -> Iterator[Listener]:
    """Receive everything on `topics`, QoS 1, on a thread of its own."""
    listener, subscribed = Listener(), threading.Event()
    client = mqtt.Client(CallbackAPIVersion.VERSION2)
    client.on_connect = lambda connected, *_: connected.subscribe(topics, qos=1)
    client.on_subscribe = lambda *_: subscribed.set()

    def on_message(_client: mqtt.Client, _data: object, message: mqtt.MQTTMessage) -> None:
        # Before the JSON is read: parsing is the subscriber's work, not the broker's delay.
        at_s = time.monotonic()
        listener.messages.append(ReceivedMessage(message.topic, json.loads(message.payload), at_s))

    client.on_message = on_message
    listener.say = lambda topic, payload: client.publish(topic, payload, qos=1)
    client.connect(host, port)
    client.loop_start()
    try:
        # A message that is published before the subscription stands would be missing, and the bench would count it as
        # lost.
        if not subscribed.wait(SUBSCRIBED_WITHIN_S):
            raise SystemExit(f"the broker at {host}:{port} takes no subscription")
        yield listener
    finally:
        client.disconnect()
        client.loop_stop()
