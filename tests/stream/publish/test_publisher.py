"""Delivery over a real broker: in order, once per id, nothing lost to a broker's or a publisher's death."""

import asyncio
import os
import random
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress

from stream.logbook.journal import Journal
from stream.logbook.parent_journal import ParentJournal
from stream.publish.publisher import Publisher
from stream.schema.states import Latency, Quantiles
from tests.stream.brokers import Broker, Witness
from tests.stream.publish.publishing import (
    NOW,
    ONLINE,
    ROOT,
    becomes,
    configuration,
    event,
    heartbeat,
    numbers,
    publishing,
    received,
)


async def test_what_is_committed_is_published_in_order_and_acknowledged(
    broker: Broker, journal: Journal, make_witness: Callable[[int], Witness]
) -> None:
    """Messages that were there before and messages that come with a wake arrive once each, in order."""
    witness = make_witness(broker.port)
    # More than one batch of 32: one look at the journal is not enough.
    journal.post("bed-1", [event(number) for number in range(1, 41)])
    async with publishing(configuration(broker.port), journal) as (publisher, wake_fd):
        await received(witness, lambda w: len(w.on("event/ied")) == 40)
        journal.post("bed-1", [event(number) for number in range(41, 61)])
        os.eventfd_write(wake_fd, 1)
        await received(witness, lambda w: len(w.on("event/ied")) == 60)
        assert publisher.mqtt_connected
        assert publisher.beds["bed-1"].version == "5"
    assert numbers(witness) == list(range(1, 61))
    assert [payload["id"] for payload in witness.on("event/ied")] == [str(n) for n in range(1, 61)]
    assert journal.outbox_size() == 0


async def test_events_are_never_retained_and_states_always(
    broker: Broker, journal: Journal, make_witness: Callable[[int], Witness]
) -> None:
    """As it happens, and as the broker has it for a subscriber who comes later."""
    witness = make_witness(broker.port)
    journal.post("bed-1", [event(1), event(2, topic="state/sleep", retain=True)])
    quantiles = Quantiles(p50=9, p95=12, p99=15)
    latency = Latency(bed="bed-1", utc=NOW, window_s=60, stages_ms={"total": quantiles}, budget_ms=250,
                      budget_misses=0, data_age_s=0.1)  # fmt: skip
    async with publishing(configuration(broker.port), journal) as (publisher, _):
        publisher.set_state(ONLINE)
        publisher.set_state(latency)
        await received(witness, lambda w: bool(w.on("event/ied") and w.on("state/sleep") and w.on("heartbeat")))
        await received(witness, lambda w: bool(w.on("status") and w.on("state/latency")))
        flags = {message.topic.removeprefix(ROOT + "/"): message.retain for message in witness.received}
        late = make_witness(broker.port)
        await received(late, lambda w: len(w.received) == 3)
    assert flags == {
        "status": True, "state/latency": True, "state/sleep": True, "event/ied": False, "heartbeat": False,
    }  # fmt: skip
    assert {message.topic for message in late.received[:3]} == {
        f"{ROOT}/status", f"{ROOT}/state/latency", f"{ROOT}/state/sleep",
    }  # fmt: skip


async def test_a_clean_stop_publishes_stopped_and_not_offline(
    broker: Broker, journal: Journal, make_witness: Callable[[int], Witness]
) -> None:
    """The last status is "stopped", with the last number; the last will is not sent."""
    witness = make_witness(broker.port)
    async with publishing(configuration(broker.port), journal) as (publisher, _):
        publisher.set_state(ONLINE)
        await received(witness, lambda w: bool(w.on("status")))
        # Without a wake: the stop itself must look into the journal once more.
        journal.post("bed-1", [event(1)])
    await received(witness, lambda w: len(w.on("status")) == 2)
    assert [status["state"] for status in witness.on("status")] == ["online", "stopped"]
    assert witness.on("status")[-1]["last_seq"] == 1
    assert numbers(witness) == [1]


async def test_m1_a_broker_that_is_down_at_start_delays_and_loses_nothing(
    make_broker: Callable[..., Broker], journal: Journal, make_witness: Callable[[int], Witness]
) -> None:
    """The publisher starts without it, reports it, and delivers once it is there."""
    broker = make_broker()
    journal.post("bed-1", [event(number) for number in range(1, 31)])
    async with publishing(configuration(broker.port), journal) as (publisher, _):
        await becomes(lambda: publisher.beds["bed-1"].trouble != "")
        assert f"broker 127.0.0.1:{broker.port}: nothing listens there" in publisher.beds["bed-1"].trouble
        assert not publisher.mqtt_connected
        assert journal.outbox_size() == 30
        broker.start()
        witness = make_witness(broker.port)
        await received(witness, lambda w: len(w.on("event/ied")) == 30)
        assert publisher.beds["bed-1"].trouble == ""
    assert numbers(witness) == list(range(1, 31))


async def test_m2_nothing_is_lost_over_the_deaths_of_a_broker(
    broker: Broker, journal: Journal, make_witness: Callable[[int], Witness]
) -> None:
    """Killed three times under load: after a replay of the gaps every event came, doubled ones with the same id."""
    witness = make_witness(broker.port)
    chance, total = random.Random(7), 0
    async with publishing(configuration(broker.port), journal) as (_, wake_fd):
        for _round in range(3):
            for _burst in range(20):
                journal.post("bed-1", [event(total := total + 1) for _ in range(5)])
                os.eventfd_write(wake_fd, 1)
                await asyncio.sleep(chance.uniform(0, 0.01))
            broker.kill()
            journal.post("bed-1", [event(total := total + 1)])
            broker.start()
        await received(witness, lambda w: numbers(w)[-1:] == [total])
        # The broker may have acknowledged what it had not passed on when it was killed.
        gaps = set(range(1, total + 1)) - set(numbers(witness))
        firsts = list(dict.fromkeys(numbers(witness)))
        for seq in gaps:
            journal.replay("bed-1", seq, seq)
        os.eventfd_write(wake_fd, 1)
        await received(witness, lambda w: len(set(numbers(w))) == total)
    assert firsts == sorted(firsts)
    assert {(payload["seq"], payload["id"]) for payload in witness.on("event/ied")} == {
        (n, str(n)) for n in range(1, total + 1)
    }
    assert journal.outbox_size() == 0


PUBLISHER = """
import asyncio, os, sys
from pathlib import Path
from stream.publish.publisher import Publisher
from stream.logbook.journal import Journal
from stream.logbook.parent_journal import ParentJournal
from tests.stream.publish.publishing import ONLINE, configuration, heartbeat

async def main():
    wake_fd = os.eventfd(0)
    journal = ParentJournal(Journal(Path(sys.argv[2])), wake_fd)
    publisher = Publisher(configuration(int(sys.argv[1])), journal, heartbeat, wake_fd)
    publisher.set_state(ONLINE)
    await publisher.run()

asyncio.run(main())
"""


def test_m3_a_publisher_that_is_killed_is_reported_offline_and_its_successor_goes_on(
    broker: Broker, journal: Journal, make_witness: Callable[[int], Witness]
) -> None:
    """The broker sends the last will; what was not acknowledged comes again with the same id and number."""
    witness = make_witness(broker.port)
    journal.post("bed-1", [event(number) for number in range(1, 301)])
    command = [sys.executable, "-c", PUBLISHER, str(broker.port), str(journal.path)]
    for wanted in (3, 100, 300):
        with subprocess.Popen(command) as process:
            witness.wait(lambda w, wanted=wanted: len(set(numbers(w))) >= wanted)  # type: ignore[misc]
            process.kill()
    witness.wait(lambda w: [status["state"] for status in w.on("status")].count("offline") == 3)
    assert [status["state"] for status in witness.on("status")] == ["online", "offline"] * 3
    firsts = list(dict.fromkeys((payload["seq"], payload["id"]) for payload in witness.on("event/ied")))
    assert firsts == [(number, str(number)) for number in range(1, 301)]
    # One message is in flight: each of the first two kills can double one.
    assert len(numbers(witness)) <= 300 + 2


async def test_states_are_published_again_to_a_broker_that_forgot_them(
    broker: Broker, journal: Journal, make_witness: Callable[[int], Witness]
) -> None:
    """Killed and started anew, the broker has the retained status again without anybody setting it."""
    witness = make_witness(broker.port)
    async with publishing(configuration(broker.port), journal) as (publisher, _):
        publisher.set_state(ONLINE)
        await received(witness, lambda w: len(w.on("status")) == 1)
        broker.kill()
        broker.start()
        await received(witness, lambda w: len(w.on("status")) == 2)
    assert witness.on("status")[:2] == [ONLINE.payload()] * 2


async def test_each_bed_has_a_connection_and_a_will_of_its_own(
    broker: Broker, journal: Journal, make_witness: Callable[[int], Witness]
) -> None:
    """A publisher that is cancelled, not stopped, leaves every bed "offline"."""
    witness = make_witness(broker.port)
    wake_fd = os.eventfd(0)
    parent_journal = ParentJournal(journal, wake_fd)
    publisher = Publisher(configuration(broker.port, beds=2), parent_journal, heartbeat, wake_fd)
    task = asyncio.create_task(publisher.run())
    await received(witness, lambda w: len(w.on("heartbeat")) == 2)
    task.cancel()
    await received(witness, lambda w: len(w.on("status")) == 2)
    with suppress(asyncio.CancelledError):
        await task
    parent_journal.stop()
    os.close(wake_fd)
    assert {(status["bed"], status["state"]) for status in witness.on("status")} == {
        ("bed-1", "offline"), ("bed-2", "offline"),
    }  # fmt: skip


async def test_a_subscriber_may_ask_for_a_replay(
    broker: Broker, journal: Journal, make_witness: Callable[[int], Witness]
) -> None:
    """What was missed comes again with its number and id; the command is written down."""
    witness = make_witness(broker.port)
    journal.post("bed-1", [event(number) for number in range(1, 6)])
    async with publishing(configuration(broker.port, commands=True), journal):
        await received(witness, lambda w: numbers(w) == [1, 2, 3, 4, 5])
        await becomes(lambda: journal.outbox_size() == 0)
        witness.publish(f"{ROOT}/cmd/replay", '{"from_seq": 2, "to_seq": 3}')
        await received(witness, lambda w: numbers(w) == [1, 2, 3, 4, 5, 2, 3])
        await received(witness, lambda w: bool(w.on("event/audit")))
    detail = {"command": "replay", "from_seq": "2", "to_seq": "3", "messages": "2"}
    assert witness.on("event/audit")[0]["detail"] == detail


async def test_commands_are_ignored_by_default(
    broker: Broker, journal: Journal, make_witness: Callable[[int], Witness]
) -> None:
    """Without the key no client can make the publisher do anything."""
    witness = make_witness(broker.port)
    journal.post("bed-1", [event(1)])
    async with publishing(configuration(broker.port), journal) as (_, wake_fd):
        await received(witness, lambda w: numbers(w) == [1])
        witness.publish(f"{ROOT}/cmd/replay", '{"from_seq": 1, "to_seq": 1}')
        # The broker has passed the command on: a subscribed publisher would have it too.
        await received(witness, lambda w: bool(w.on("cmd/replay")))
        journal.post("bed-1", [event(2)])
        os.eventfd_write(wake_fd, 1)
        await received(witness, lambda w: 2 in numbers(w))
    assert numbers(witness) == [1, 2]
    assert witness.on("event/audit") == []
