"""The example of a consumer: whatever it misses, it takes every message once."""

import importlib.util
import time
from types import ModuleType
from typing import Any

from stream.logbook.journal import Journal
from tests.stream.brokers import PATIENCE_S, Broker
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


def test_it_is_about_as_long_as_it_says() -> None:
    """The page says 60 lines."""
    assert 50 <= len(FILE.read_text(encoding="utf-8").splitlines()) <= 65
