"""The example of a consumer: whatever it misses, it takes every message once."""

import importlib.util
import json
import time
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from stream.logbook.journal import Journal
from tests.stream.brokers import PATIENCE_S, Broker
from tests.stream.hand_clock import HandClock
from tests.stream.publish.publishing import ONLINE, becomes, configuration, event, publishing
from tests.test_architecture import ROOT

FILE = ROOT / "docs" / "examples" / "consumer.py"


def example() -> ModuleType:
    """Import the example from its file, as a reader would start it."""
    spec = importlib.util.spec_from_file_location("consumer", FILE)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


async def test_every_message_is_taken_once(broker: Broker, journal: Journal) -> None:
    """Those published before it came are asked for; those that a replay sends twice are dropped."""
    taken: list[dict[str, Any]] = []
    consumer = example().Consumer("ward", "bed-1", taken.append)
    journal.post("bed-1", [event(number) for number in range(1, 6)])
    async with publishing(configuration(broker.port, commands=True), journal) as (publisher, _):
        await becomes(lambda: journal.outbox_size() == 0)
        journal.post("bed-1", [event(6)])
        # As a status does, it says how far the journal has come: the sixth may go out before the consumer subscribes.
        publisher.set_state(ONLINE.model_copy(update={"last_seq": 6}))
        consumer.client.connect("127.0.0.1", broker.port)
        consumer.client.loop_start()
        until_s = time.monotonic() + PATIENCE_S
        await becomes(lambda: len([one for one in taken if "blob" in one]) >= 6 or time.monotonic() > until_s)
        consumer.client.disconnect()
        consumer.client.loop_stop()
        # paho closes its sockets when the client goes, which a circle of references would put off.
        consumer.client.on_connect = consumer.client.on_message = None
    events = [one["id"] for one in taken if "blob" in one]
    assert sorted(events) == ["1", "2", "3", "4", "5", "6"]


class Sent:
    """Stands for the client: keeps which numbers were asked for."""

    def __init__(self) -> None:
        self.spans: list[tuple[int, int]] = []

    def publish(self, _topic: str, payload: str, qos: int) -> None:
        """Keep a command, which a broker must have acknowledged."""
        assert qos == 1
        wanted = json.loads(payload)
        self.spans.append((wanted["from_seq"], wanted["to_seq"]))


def test_what_was_asked_for_in_vain_is_asked_for_again_and_given_up_at_last(capsys: pytest.CaptureFixture[str]) -> None:
    """A command that was lost costs no event; a number that was purged is not asked for without end."""
    clock, sent = HandClock(), Sent()
    taken: list[dict[str, Any]] = []
    consumer = example().Consumer("ward", "bed-1", taken.append, clock)
    consumer.client = sent

    def hear(topic: str, **payload: int) -> None:
        text = json.dumps({"id": str(payload.get("seq")), **payload})
        consumer.on_message(None, None, SimpleNamespace(topic=f"{consumer.root}/{topic}", payload=text))

    hear("event/ied", seq=1)
    hear("event/ied", seq=4)
    hear("event/ied", seq=5)
    assert sent.spans == [(2, 3)]
    # The command was lost; a heartbeat has a number of its own, which is none of the journal's.
    clock.now_s += 31
    hear("heartbeat", seq=77)
    assert sent.spans == [(2, 3)] * 2
    hear("event/ied", seq=3)
    for _ in range(9):
        clock.now_s += 31
        hear("heartbeat", seq=78)
    assert sent.spans[2:] == [(2, 2)] * 5
    assert capsys.readouterr().err == "given up: [2]\n"
    hear("event/ied", seq=6)
    hear("status", last_seq=8)
    assert sent.spans[-1] == (7, 8)
    assert [payload["seq"] for payload in taken] == [1, 4, 5, 3, 6]


def test_it_is_about_as_long_as_it_says() -> None:
    """The page says 60 lines of code."""
    lines = FILE.read_text(encoding="utf-8").partition("import json")[2].splitlines()
    assert 50 <= sum(bool(line.strip()) and not line.strip().startswith(("#", '"""')) for line in lines) <= 65
