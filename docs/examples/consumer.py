"""A consumer that loses no event: it drops what came twice, and asks for what it missed until it comes.

    python consumer.py HOST PORT SITE BED

Needs paho-mqtt, and `publish.commands = true` in Spikewatch's config.toml. One JSON line a message, on stdout.
Every journalled message of a bed has a number, `seq`, without holes, and an `id` that never changes.
"""

import json
import sys
import time
from typing import Any

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion

AGAIN_S, TIMES = 30.0, 5  # what does not come is asked for again, and given up at last: it may have been purged


class Consumer:
    """Follows one bed; `take` is called once for each message, with those that were missed after those that came."""

    def __init__(self, site: str, bed: str, take: Any, clock: Any = time.monotonic) -> None:
        self.root, self.take, self.clock = f"spikewatch/v1/{site}/{bed}", take, clock
        self.ids: set[str] = set()  # a program that is restarted would keep these three in a file
        self.missing: set[int] = set()
        self.last_seq = 0
        self.asked, self.ask_at_s = 0, 0.0
        self.client = mqtt.Client(CallbackAPIVersion.VERSION2, protocol=mqtt.MQTTv5)
        self.client.on_connect, self.client.on_message = self.on_connect, self.on_message

    def on_connect(self, client: mqtt.Client, *_: Any) -> None:
        """Subscribe at every connection: a broker that was restarted may have forgotten."""
        topics = ("event/#", "state/sleep", "status", "heartbeat")
        client.subscribe([(f"{self.root}/{topic}", 1) for topic in topics])

    def on_message(self, _client: mqtt.Client, _data: Any, message: mqtt.MQTTMessage) -> None:
        """Take a message unless it came before; heartbeats come always, and remind of what is missing."""
        payload, topic = json.loads(message.payload), message.topic.removeprefix(f"{self.root}/")
        if topic == "status":
            # Retained: says at once how far the bed has come, also where no event follows.
            self.reach(payload["last_seq"])
        elif topic != "heartbeat":
            self.reach(payload["seq"] - 1)
            self.last_seq = max(self.last_seq, payload["seq"])
            if payload["seq"] in self.missing:
                # They come: none is asked for again before there was silence.
                self.missing.remove(payload["seq"])
                self.asked, self.ask_at_s = 0, self.clock() + AGAIN_S
            if payload["id"] not in self.ids:
                self.ids.add(payload["id"])
                self.take(payload)
        self.ask()

    def reach(self, seq: int) -> None:
        """Miss every number up to this one that was not heard of yet, and ask for them at once."""
        if seq > self.last_seq:
            self.missing.update(range(self.last_seq + 1, seq + 1))
            self.last_seq, self.asked, self.ask_at_s = seq, 0, 0.0

    def ask(self) -> None:
        """Have what is missing sent again if it is time, 10,000 numbers at the most in a command."""
        if not self.missing or self.clock() < self.ask_at_s:
            return
        if self.asked == TIMES:
            print(f"given up: {sorted(self.missing)}", file=sys.stderr)
            self.missing.clear()
            return
        self.asked, self.ask_at_s = self.asked + 1, self.clock() + AGAIN_S
        for first in range(min(self.missing), max(self.missing) + 1, 10_000):
            wanted = {"from_seq": first, "to_seq": min(first + 9_999, max(self.missing))}
            self.client.publish(f"{self.root}/cmd/replay", json.dumps(wanted), qos=1)


if __name__ == "__main__":
    host, port, site, bed = sys.argv[1:]
    consumer = Consumer(site, bed, lambda payload: print(json.dumps(payload), flush=True))
    consumer.client.connect(host, int(port))
    consumer.client.loop_forever()
