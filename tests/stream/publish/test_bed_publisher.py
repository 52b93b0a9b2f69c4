"""Delivery of one bed while its journal fails: the connection stays, states go on, and no message is sent twice."""

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest

from stream.schema.states import Status
from tests.stream.brokers import Broker, Witness
from tests.stream.failing_journal import FULL, UNREADABLE, FailingJournal
from tests.stream.publish.publishing import (
    NOW,
    ONLINE,
    becomes,
    configuration,
    event,
    numbers,
    publishing_with,
    received,
)

DEGRADED = Status(bed="bed-1", state="degraded", since_utc=NOW, last_seq=0)


async def test_a_full_disk_is_no_fault_of_the_broker(
    broker: Broker, tmp_path: Path, make_witness: Callable[[int], Witness]
) -> None:
    """What was published and could not be marked is sent once; the alarm is the journal's, and states go on."""
    witness, disk = make_witness(broker.port), FailingJournal(tmp_path / "journal.db")
    disk.post("bed-1", [event(1), event(2)])
    disk.full = True
    async with publishing_with(configuration(broker.port), disk) as (publisher, journal):
        publisher.set_state(ONLINE)
        await received(witness, lambda w: numbers(w) == [1])
        await becomes(lambda: journal.health.reason == FULL)
        publisher.set_state(DEGRADED)
        await received(witness, lambda w: [s["state"] for s in w.on("status")] == ["online", "degraded"])
        assert (publisher.beds["bed-1"].trouble, publisher.mqtt_connected) == ("", True)
        disk.full = False
        # Any state wakes the publisher; without one it would look again at the next heartbeat.
        publisher.set_state(ONLINE)
        await received(witness, lambda w: numbers(w)[-1:] == [2])
        await becomes(lambda: disk.outbox_size() == 0)
        assert journal.health.reason == ""
    assert numbers(witness) == [1, 2]
    # The last will would mean that the disk's fault had cost the connection.
    assert "offline" not in [status["state"] for status in witness.on("status")]
    disk.close()


async def test_a_journal_that_cannot_be_read_delays_its_messages(
    broker: Broker, tmp_path: Path, make_witness: Callable[[int], Witness]
) -> None:
    """States go on meanwhile; once it can be read, everything comes."""
    witness, disk = make_witness(broker.port), FailingJournal(tmp_path / "journal.db")
    disk.post("bed-1", [event(1)])
    disk.unreadable = True
    async with publishing_with(configuration(broker.port), disk) as (publisher, journal):
        publisher.set_state(ONLINE)
        await received(witness, lambda w: bool(w.on("status") and w.on("heartbeat")))
        # Known since the connection was made: its last will asks the journal for the last number.
        assert (journal.health.reason, publisher.beds["bed-1"].trouble) == (UNREADABLE, "")
        disk.unreadable = False
        publisher.set_state(DEGRADED)
        await received(witness, lambda w: numbers(w) == [1])
    disk.close()


async def test_a_disk_with_room_again_is_noticed_while_the_broker_is_away(broker: Broker, tmp_path: Path) -> None:
    """What could not be marked is marked without a connection."""
    disk = FailingJournal(tmp_path / "journal.db")
    disk.post("bed-1", [event(1)])
    disk.full = True
    async with publishing_with(configuration(broker.port), disk) as (publisher, journal):
        await becomes(lambda: journal.health.reason == FULL)
        broker.kill()
        await becomes(lambda: not publisher.mqtt_connected)
        disk.full = False
        # Tried at each reconnection: waits of 0.5, 1, 2, 4, 8 s at most are five tries in 15.5 s.
        async with asyncio.timeout(20):
            await becomes(lambda: journal.health.reason == "")
        assert disk.outbox_size() == 0
    disk.close()


async def test_a_heartbeat_that_cannot_be_made_is_left_out(
    broker: Broker, tmp_path: Path, make_witness: Callable[[int], Witness]
) -> None:
    """Everything else is published."""
    witness, disk = make_witness(broker.port), FailingJournal(tmp_path / "journal.db")
    disk.post("bed-1", [event(1)])
    async with publishing_with(configuration(broker.port), disk, lambda _bed: None):
        await received(witness, lambda w: numbers(w) == [1])
    # The first heartbeat is due before the first event: it would have come by now.
    assert witness.on("heartbeat") == []
    disk.close()


@pytest.mark.parametrize("protocol", ["5", "3.1.1"])
async def test_a_state_that_makes_the_broker_hang_up_blocks_no_event(
    make_broker: Callable[..., Broker], tmp_path: Path, make_witness: Callable[[int], Witness], protocol: str
) -> None:
    """It is left out and told as refused, at once in MQTT 5, after some hang-ups in 3.1.1; all else is published."""
    broker = make_broker("max_packet_size 20000")
    broker.start()
    witness, disk = make_witness(broker.port), FailingJournal(tmp_path / "journal.db")
    large = Status(bed="bed-1", state="degraded", reason="x" * 30_000, since_utc=NOW, last_seq=0)
    disk.post("bed-1", [event(1), event(2)])
    async with publishing_with(configuration(broker.port, protocol=protocol), disk) as (publisher, _):
        publisher.set_state(large)
        await received(witness, lambda w: numbers(w)[-1:] == [2])
        assert "status" in publisher.beds["bed-1"].refused
        await becomes(lambda: disk.outbox_size() == 0)
    assert numbers(witness) == [1, 2]
    assert disk.dead_letters() == 0
    disk.close()
