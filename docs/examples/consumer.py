"""A consumer that loses no event: it drops what came twice and asks for what it missed.

    python consumer.py HOST PORT SITE BED

Needs paho-mqtt, and `publish.commands = true` in Spikewatch's config.toml. One JSON line a message, on stdout.
Every journalled message of a bed has a number, `seq`, without holes, and an `id` that never changes.
"""

import json
import sys
from typing import Any

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion


class Consumer:
    """Follows one bed; `take` is called once for each message, with those that were missed after those that came."""

    def __init__(self, site: str, bed: str, take: Any) -> None:
        self.root = f"spikewatch/v1/{site}/{bed}"
        self.take = take
        self.ids: set[str] = set()  # a program that is restarted would keep these two in a file
        self.last_seq = 0
        self.client = mqtt.Client(CallbackAPIVersion.VERSION2, protocol=mqtt.MQTTv5)
        self.client.on_connect = self.on_connect
        self.client.on_message = self.on_message

    def on_connect(self, client: mqtt.Client, *_: Any) -> None:
        """Subscribe at every connection: a broker that was restarted may have forgotten."""
        client.subscribe([(f"{self.root}/{topic}", 1) for topic in ("event/#", "state/sleep", "status")])

    def on_message(self, _client: mqtt.Client, _data: Any, message: mqtt.MQTTMessage) -> None:
        """Take a message unless it came before; ask for the numbers between the last one and this one."""
        payload = json.loads(message.payload)
        if message.topic.endswith("/status"):
            # Retained: says at once how far the bed has come, also where no event follows.
            self.ask(self.last_seq + 1, payload["last_seq"])
            self.last_seq = max(self.last_seq, payload["last_seq"])
            return
        self.ask(self.last_seq + 1, payload["seq"] - 1)
        self.last_seq = max(self.last_seq, payload["seq"])
        if payload["id"] not in self.ids:
            self.ids.add(payload["id"])
            self.take(payload)

    def ask(self, from_seq: int, to_seq: int) -> None:
        """Have numbers sent again, 10,000 at the most in a command; none where there are none."""
        for first in range(from_seq, to_seq + 1, 10_000):
            wanted = {"from_seq": first, "to_seq": min(first + 9_999, to_seq)}
            self.client.publish(f"{self.root}/cmd/replay", json.dumps(wanted), qos=1)


if __name__ == "__main__":
    host, port, site, bed = sys.argv[1:]
    consumer = Consumer(site, bed, lambda payload: print(json.dumps(payload), flush=True))
    consumer.client.connect(host, int(port))
    consumer.client.loop_forever()
