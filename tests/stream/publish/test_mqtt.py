"""What brokers answer: refusals, hang-ups, silence, versions; each is seen, reported and survived."""

import asyncio
import json
import os
import signal
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from stream.config.publish_keys import Publish
from stream.logbook.journal import Journal
from stream.publish import bed_publisher, outbox
from stream.publish import mqtt as publish
from tests.stream.brokers import Broker, Witness
from tests.stream.publish.old_broker import PAHO_3_1_1, old_broker
from tests.stream.publish.publishing import ROOT, becomes, configuration, event, numbers, publishing, received

AWAY = "start the broker, or mend publish.host and publish.port"
WILL = publish.Will(f"{ROOT}/status", "{}")


async def test_m4_a_message_the_broker_refuses_is_parked_and_the_next_one_sent(
    make_broker: Callable[..., Broker], journal: Journal, tmp_path: Path, make_witness: Callable[[int], Witness]
) -> None:
    """A denial by access list (0x87) is no acknowledgement: a dead letter with its reason, visible, replayable."""
    (tmp_path / "acl").write_text(f"topic read #\ntopic write {ROOT}/event/ied\ntopic write {ROOT}/heartbeat\n")
    broker = make_broker(f"acl_file {tmp_path / 'acl'}")
    broker.start()
    witness = make_witness(broker.port)
    journal.post("bed-1", [event(1), event(2, topic="event/alarm"), event(3)])
    async with publishing(configuration(broker.port), journal) as (publisher, _):
        await received(witness, lambda w: len(w.on("event/ied")) == 2)
        await becomes(lambda: journal.outbox_size() == 0)
        assert publisher.beds["bed-1"].refused == {"event/alarm": "Not authorized (0x87)"}
    assert numbers(witness) == [1, 3]
    assert (journal.outbox_size(), journal.dead_letters()) == (0, 1)
    assert journal.replay("bed-1", 2, 2) == 1


async def test_m4_what_an_access_list_refused_is_delivered_once_the_list_is_mended(
    make_broker: Callable[..., Broker],
    journal: Journal,
    tmp_path: Path,
    make_witness: Callable[[int], Witness],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The connection stays, and nothing else has to be published on the topic."""
    monkeypatch.setattr(bed_publisher, "HEARTBEAT_S", 0.05)
    monkeypatch.setattr(outbox, "TRY_REFUSED_EVERY_S", 0.05)
    access = tmp_path / "acl"
    access.write_text("topic read #\n")
    broker = make_broker(f"acl_file {access}")
    broker.start()
    witness = make_witness(broker.port)
    journal.post("bed-1", [event(1), event(2)])
    async with publishing(configuration(broker.port), journal) as (publisher, _):
        await becomes(lambda: journal.dead_letters() == 2)
        access.write_text("topic readwrite #\n")
        assert broker.process is not None
        broker.process.send_signal(signal.SIGHUP)
        await received(witness, lambda w: sorted(numbers(w)) == [1, 2])
        await becomes(lambda: not publisher.beds["bed-1"].refused)
    assert (journal.outbox_size(), journal.dead_letters()) == (0, 0)


async def test_a_message_that_makes_the_broker_hang_up_is_parked(
    make_broker: Callable[..., Broker], journal: Journal, make_witness: Callable[[int], Witness]
) -> None:
    """A packet larger than the broker takes (0x95) does not stop those behind it."""
    broker = make_broker("max_packet_size 20000")
    broker.start()
    witness = make_witness(broker.port)
    journal.post("bed-1", [event(1), event(2, size=30_000), event(3)])
    async with publishing(configuration(broker.port), journal) as (publisher, _):
        await received(witness, lambda w: numbers(w)[-1:] == [3])
        # The topic of an accepted event takes the refusal away again: both states are right.
        assert "0x95" in publisher.beds["bed-1"].refused.get("event/ied", "0x95")
    assert numbers(witness) == [1, 3]
    assert (journal.outbox_size(), journal.dead_letters()) == (0, 1)


async def test_a_message_is_on_its_way_before_anything_else_happens(
    broker: Broker, make_witness: Callable[[int], Witness]
) -> None:
    """It arrives while the event loop is blocked."""
    witness = make_witness(broker.port)
    async with publish.connected(Publish(port=broker.port), "us", "5", WILL) as connection:
        sending = connection.publish(f"{ROOT}/event/ied", '{"seq": 1}', retain=False)
        sending.send(None)
        witness.wait(lambda w: numbers(w) == [1])
        sending.close()
    assert numbers(witness) == [1]


@pytest.mark.parametrize("version", ["5", "3.1.1"])
async def test_a_message_larger_than_the_socket_takes_at_once_arrives_whole(
    broker: Broker, make_witness: Callable[[int], Witness], version: str
) -> None:
    """The rest follows as the broker reads, and the next message comes behind it."""
    witness, blob = make_witness(broker.port), "x" * 20_000_000
    async with publish.connected(Publish(port=broker.port), "us", version, WILL) as connection:
        for seq, text in ((1, blob), (2, "y")):
            message = json.dumps({"seq": seq, "blob": text})
            assert (await connection.publish(f"{ROOT}/event/ied", message, retain=False)).code == 0
    await received(witness, lambda w: numbers(w) == [1, 2])
    assert [payload["blob"] for payload in witness.on("event/ied")] == [blob, "y"]


async def test_m5_a_message_without_a_subscriber_is_counted_and_done(broker: Broker, journal: Journal) -> None:
    """Reason 0x10: the broker took it, no subscriber was there."""
    journal.post("bed-1", [event(1)])
    async with publishing(configuration(broker.port), journal) as (publisher, _):
        await becomes(lambda: journal.outbox_size() == 0)
        # At least: unheard heartbeats count too.
        assert publisher.beds["bed-1"].hearing.unheard >= 1
    codes = journal._file.rows("SELECT state, reason_code FROM messages")
    assert codes == [("acked", 0x10)]


async def test_m7_a_client_of_the_same_name_does_not_start_a_race(
    broker: Broker, journal: Journal, tmp_path: Path
) -> None:
    """Two publishers of one site and bed take the connection from each other ever more slowly, and say who does."""
    other = Journal(tmp_path / "other.db")
    taken = 0
    async with (
        publishing(configuration(broker.port), journal) as (first, _),
        publishing(configuration(broker.port), other) as (second, _),
    ):
        with suppress(TimeoutError):
            async with asyncio.timeout(4):
                while True:
                    await becomes(lambda: not first.mqtt_connected)
                    await becomes(lambda: first.mqtt_connected)
                    taken += 1
        # Each is told on its third hang-up, so there are that many, and it stays told while the two go on.
        async with asyncio.timeout(60):
            await becomes(lambda: 'connected as "spikewatch-ward-bed-1"?' in first.beds["bed-1"].trouble)
            await becomes(lambda: 'connected as "spikewatch-ward-bed-1"?' in second.beds["bed-1"].trouble)
    # Waits of 0.5, 1, 2, 4 s, at most halved by chance, allow four returns in 4 s; a busy host has fewer.
    assert taken <= 6
    other.close()


async def test_a_broker_that_knows_only_3_1_1_is_served_and_remembered(free_port: int, journal: Journal) -> None:
    """The broker of the demo does not answer a CONNECT of version 5; the next one is 3.1.1."""
    with old_broker(free_port):
        witness = Witness(free_port, version=PAHO_3_1_1)
        journal.post("bed-1", [event(number) for number in range(1, 11)])
        async with publishing(configuration(free_port), journal) as (publisher, _):
            await received(witness, lambda w: numbers(w) == list(range(1, 11)))
            assert publisher.beds["bed-1"].version == "3.1.1"
        await received(witness, lambda w: bool(w.on("status")))
        assert witness.on("status")[-1]["state"] == "stopped"
        witness.close()


@pytest.mark.parametrize("protocol", ["5", "3.1.1"])
async def test_the_configured_version_is_used(broker: Broker, journal: Journal, protocol: str) -> None:
    """`publish.protocol` is no suggestion."""
    async with publishing(configuration(broker.port, protocol=protocol), journal) as (publisher, _):
        await becomes(lambda: publisher.mqtt_connected)
        assert publisher.beds["bed-1"].version == protocol


async def test_m6_a_broker_that_hangs_is_left_and_found_again(
    broker: Broker, journal: Journal, make_witness: Callable[[int], Witness], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Stopped in mid-stream: a missing acknowledgement is reported and waited out, and 5 is not given up for 3.1.1."""
    monkeypatch.setattr(publish, "PUBACK_TIMEOUT_S", 0.3)
    monkeypatch.setattr(publish, "CONNECT_TIMEOUT_S", 0.3)
    witness = make_witness(broker.port)
    spoken: list[str] = []

    def connected(section: Publish, client_id: str, version: str, will: publish.Will) -> Any:  # noqa: ANN401
        spoken.append(version)
        return publish.connected(section, client_id, version, will)

    monkeypatch.setattr(bed_publisher, "connected", connected)
    async with publishing(configuration(broker.port), journal) as (publisher, wake_fd):
        await becomes(lambda: publisher.mqtt_connected)
        broker.freeze()
        journal.post("bed-1", [event(1), event(2)])
        os.eventfd_write(wake_fd, 1)
        await becomes(lambda: len(spoken) == 4)
        assert publisher.beds["bed-1"].trouble.endswith(": no answer in time; " + AWAY)
        assert journal.outbox_size() == 2
        broker.thaw()
        await received(witness, lambda w: set(numbers(w)) == {1, 2})
        await becomes(lambda: publisher.mqtt_connected and journal.outbox_size() == 0)
    assert set(spoken) == {"5"}
    # The first may come twice: its acknowledgement was lost in the freeze.
    assert list(dict.fromkeys(numbers(witness))) == [1, 2]
