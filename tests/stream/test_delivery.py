"""Delivery over a real broker: in order, once per id, nothing lost to a broker's or a publisher's death."""

import asyncio
import os
import random
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

import pytest

from stream import publish
from stream.config import Bed, Config, Publish
from stream.delivery import Publisher
from stream.journal import Journal, Outgoing
from stream.messages import Heartbeat, Latency, Quantiles, Status
from tests.stream.brokers import Broker, Witness

NOW = datetime(2026, 1, 1, tzinfo=UTC)
ROOT = "spikewatch/v1/ward/bed-1"
ONLINE = Status(bed="bed-1", state="online", since_utc=NOW, last_seq=0)


def event(number: int, *, topic: str = "event/ied", retain: bool = False, size: int = 1) -> Outgoing:
    """Make a message of a given size whose id is its number."""
    payload = {"id": str(number), "seq": 0, "blob": "x" * size}
    return Outgoing(str(number), "ied", topic, payload, retain, NOW)


def configuration(port: int, *, beds: int = 1, protocol: str = "auto") -> Config:
    """Configure a ward with a broker on a port."""
    section = Publish.model_validate({"port": port, "protocol": protocol})
    return Config(site="ward", bed=[Bed(id=f"bed-{n + 1}") for n in range(beds)], publish=section)


def heartbeat(bed: str) -> Heartbeat:
    """Say that all is well."""
    return Heartbeat(bed=bed, seq=1, utc=NOW, newest_sample_utc=NOW, coverage={"analysed": 5}, pending=0, outbox=0)


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    """Open a new journal."""
    opened = Journal(tmp_path / "journal.db")
    yield opened
    opened.close()


@asynccontextmanager
async def publishing(
    config: Config, journal: Journal, *, commands: bool = False
) -> AsyncIterator[tuple[Publisher, int]]:
    """Run a publisher; gives it and the eventfd that wakes it; stops it cleanly at the end."""
    wake_fd = os.eventfd(0, os.EFD_NONBLOCK | os.EFD_CLOEXEC)
    publisher = Publisher(config, journal, heartbeat, wake_fd, commands=commands)
    task = asyncio.create_task(publisher.run())
    try:
        yield publisher, wake_fd
        publisher.stop()
        await task
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
        os.close(wake_fd)


def numbers(witness: Witness) -> list[int]:
    """Give the sequence numbers of the events heard."""
    return [payload["seq"] for payload in witness.on("event/ied")]


async def heard(witness: Witness, until: Callable[[Witness], bool]) -> None:
    """Wait, beside the event loop, until something is true of what was heard."""
    await asyncio.to_thread(witness.wait, until)


async def becomes(true: Callable[[], bool]) -> None:
    """Wait until something is true of the publisher."""
    while not true():  # noqa: ASYNC110 - what a person would look at, and no event to wait for
        await asyncio.sleep(0.005)


async def test_what_is_committed_is_published_in_order_and_acknowledged(
    broker: Broker, journal: Journal, make_witness: Callable[[int], Witness]
) -> None:
    """Messages that were there before and messages that come with a wake arrive once each, in order."""
    witness = make_witness(broker.port)
    journal.post("bed-1", [event(number) for number in range(1, 41)])
    async with publishing(configuration(broker.port), journal) as (publisher, wake_fd):
        await heard(witness, lambda w: len(w.on("event/ied")) == 40)
        journal.post("bed-1", [event(number) for number in range(41, 61)])
        os.eventfd_write(wake_fd, 1)
        await heard(witness, lambda w: len(w.on("event/ied")) == 60)
        assert publisher.mqtt_connected
        assert publisher.beds["bed-1"].version == "5"
    assert numbers(witness) == list(range(1, 61))
    assert [payload["id"] for payload in witness.on("event/ied")] == [str(n) for n in range(1, 61)]
    assert journal.outbox_size() == 0


async def test_events_are_never_retained_and_states_always(
    broker: Broker, journal: Journal, make_witness: Callable[[int], Witness]
) -> None:
    """As heard while it happens, and as the broker tells it to who comes later."""
    witness = make_witness(broker.port)
    journal.post("bed-1", [event(1), event(2, topic="state/sleep", retain=True)])
    quantiles = Quantiles(p50=9, p95=12, p99=15)
    latency = Latency(bed="bed-1", utc=NOW, window_s=60, stages_ms={"total": quantiles}, budget_ms=250,
                      budget_misses=0, data_age_s=0.1)  # fmt: skip
    async with publishing(configuration(broker.port), journal) as (publisher, _):
        publisher.set_state(ONLINE)
        publisher.set_state(latency)
        await heard(witness, lambda w: bool(w.on("event/ied") and w.on("state/sleep") and w.on("heartbeat")))
        await heard(witness, lambda w: bool(w.on("status") and w.on("state/latency")))
        flags = {message.topic.removeprefix(ROOT + "/"): message.retain for message in witness.heard}
        late = make_witness(broker.port)
        await heard(late, lambda w: len(w.heard) == 3)
    assert flags == {
        "status": True, "state/latency": True, "state/sleep": True, "event/ied": False, "heartbeat": False,
    }  # fmt: skip
    assert {message.topic for message in late.heard[:3]} == {
        f"{ROOT}/status", f"{ROOT}/state/latency", f"{ROOT}/state/sleep",
    }  # fmt: skip


async def test_a_clean_stop_says_stopped_and_not_offline(
    broker: Broker, journal: Journal, make_witness: Callable[[int], Witness]
) -> None:
    """The last status is "stopped", with the last number; the last will is not sent."""
    witness = make_witness(broker.port)
    async with publishing(configuration(broker.port), journal) as (publisher, _):
        publisher.set_state(ONLINE)
        await heard(witness, lambda w: bool(w.on("status")))
        journal.post("bed-1", [event(1)])
    await heard(witness, lambda w: len(w.on("status")) == 2)
    assert [status["state"] for status in witness.on("status")] == ["online", "stopped"]
    assert witness.on("status")[-1]["last_seq"] == 1
    assert numbers(witness) == [1]


async def test_a_broker_that_is_down_at_start_delays_and_loses_nothing(
    make_broker: Callable[..., Broker], journal: Journal, make_witness: Callable[[int], Witness]
) -> None:
    """The publisher starts without it, says so, and delivers once it is there."""
    broker = make_broker()
    journal.post("bed-1", [event(number) for number in range(1, 31)])
    async with publishing(configuration(broker.port), journal) as (publisher, _):
        await becomes(lambda: publisher.beds["bed-1"].trouble != "not connected yet")
        assert "Connection refused" in publisher.beds["bed-1"].trouble
        assert not publisher.mqtt_connected
        assert journal.outbox_size() == 30
        broker.start()
        witness = make_witness(broker.port)
        await heard(witness, lambda w: len(w.on("event/ied")) == 30)
        assert publisher.beds["bed-1"].trouble == ""
    assert numbers(witness) == list(range(1, 31))


async def test_nothing_is_lost_over_the_deaths_of_a_broker(
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
        await heard(witness, lambda w: numbers(w)[-1:] == [total])
        gaps = set(range(1, total + 1)) - set(numbers(witness))
        firsts = list(dict.fromkeys(numbers(witness)))
        for seq in gaps:
            journal.replay("bed-1", seq, seq)
        os.eventfd_write(wake_fd, 1)
        await heard(witness, lambda w: len(set(numbers(w))) == total)
    assert firsts == sorted(firsts)
    assert {(payload["seq"], payload["id"]) for payload in witness.on("event/ied")} == {
        (n, str(n)) for n in range(1, total + 1)
    }
    assert journal.outbox_size() == 0


PUBLISHER = """
import asyncio, os, sys
from pathlib import Path
from stream.delivery import Publisher
from stream.journal import Journal
from tests.stream.test_delivery import ONLINE, configuration, heartbeat

async def main():
    publisher = Publisher(configuration(int(sys.argv[1])), Journal(Path(sys.argv[2])), heartbeat, os.eventfd(0))
    publisher.set_state(ONLINE)
    await publisher.run()

asyncio.run(main())
"""


def test_a_publisher_that_is_killed_is_reported_offline_and_its_successor_goes_on(
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
    assert len(numbers(witness)) <= 300 + 2


async def test_a_message_the_broker_refuses_is_parked_and_the_next_one_sent(
    make_broker: Callable[..., Broker], journal: Journal, tmp_path: Path, make_witness: Callable[[int], Witness]
) -> None:
    """A denial by access list (0x87) is no acknowledgement: a dead letter with its reason, visible, replayable."""
    (tmp_path / "acl").write_text(f"topic read #\ntopic write {ROOT}/event/ied\ntopic write {ROOT}/heartbeat\n")
    broker = make_broker(f"acl_file {tmp_path / 'acl'}")
    broker.start()
    witness = make_witness(broker.port)
    journal.post("bed-1", [event(1), event(2, topic="event/alarm"), event(3)])
    async with publishing(configuration(broker.port), journal) as (publisher, _):
        await heard(witness, lambda w: len(w.on("event/ied")) == 2)
        await becomes(lambda: journal.outbox_size() == 0)
        assert publisher.beds["bed-1"].refused == {"event/alarm": "Not authorized (0x87)"}
    assert numbers(witness) == [1, 3]
    assert (journal.outbox_size(), journal.dead_letters()) == (0, 1)
    assert journal.replay("bed-1", 2, 2) == 1


async def test_a_message_that_makes_the_broker_hang_up_is_parked(
    make_broker: Callable[..., Broker], journal: Journal, make_witness: Callable[[int], Witness]
) -> None:
    """A packet larger than the broker takes (0x95) does not stop those behind it for ever."""
    broker = make_broker("max_packet_size 20000")
    broker.start()
    witness = make_witness(broker.port)
    journal.post("bed-1", [event(1), event(2, size=30_000), event(3)])
    async with publishing(configuration(broker.port), journal) as (publisher, _):
        await heard(witness, lambda w: numbers(w)[-1:] == [3])
        assert "0x95" in publisher.beds["bed-1"].refused.get("event/ied", "0x95")
    assert numbers(witness) == [1, 3]
    assert (journal.outbox_size(), journal.dead_letters()) == (0, 1)


async def test_a_message_that_nobody_hears_is_counted_and_done(broker: Broker, journal: Journal) -> None:
    """Reason 0x10: the broker took it, no subscriber was there."""
    journal.post("bed-1", [event(1)])
    async with publishing(configuration(broker.port), journal) as (publisher, _):
        await becomes(lambda: journal.outbox_size() == 0)
        assert publisher.beds["bed-1"].unheard >= 1
    codes = journal._file.rows("SELECT state, reason_code FROM messages")
    assert codes == [("acked", 0x10)]


async def test_states_are_said_again_to_a_broker_that_forgot_them(
    broker: Broker, journal: Journal, make_witness: Callable[[int], Witness]
) -> None:
    """Killed and started anew, the broker has the retained status again without anybody setting it."""
    witness = make_witness(broker.port)
    async with publishing(configuration(broker.port), journal) as (publisher, _):
        publisher.set_state(ONLINE)
        await heard(witness, lambda w: len(w.on("status")) == 1)
        broker.kill()
        broker.start()
        await heard(witness, lambda w: len(w.on("status")) == 2)
    assert witness.on("status")[:2] == [ONLINE.payload()] * 2


async def test_each_bed_has_a_connection_and_a_will_of_its_own(
    broker: Broker, journal: Journal, make_witness: Callable[[int], Witness]
) -> None:
    """A publisher that is cancelled, not stopped, leaves every bed "offline"."""
    witness = make_witness(broker.port)
    wake_fd = os.eventfd(0)
    publisher = Publisher(configuration(broker.port, beds=2), journal, heartbeat, wake_fd)
    task = asyncio.create_task(publisher.run())
    await heard(witness, lambda w: len(w.on("heartbeat")) == 2)
    task.cancel()
    await heard(witness, lambda w: len(w.on("status")) == 2)
    with suppress(asyncio.CancelledError):
        await task
    os.close(wake_fd)
    assert {(status["bed"], status["state"]) for status in witness.on("status")} == {
        ("bed-1", "offline"), ("bed-2", "offline"),
    }  # fmt: skip


async def test_a_client_of_the_same_name_does_not_start_a_race(
    broker: Broker, journal: Journal, tmp_path: Path
) -> None:
    """Two publishers of one site and bed take the connection from each other ever more slowly, and say so."""
    other = Journal(tmp_path / "other.db")
    taken = 0
    async with (
        publishing(configuration(broker.port), journal) as (first, _),
        publishing(configuration(broker.port), other) as (second, _),
    ):
        with suppress(TimeoutError):
            async with asyncio.timeout(4):
                while True:
                    await becomes(lambda: first.beds["bed-1"].trouble != "")
                    await becomes(lambda: first.mqtt_connected)
                    taken += 1
        assert second.beds["bed-1"].trouble or second.mqtt_connected
    assert 1 <= taken <= 6
    other.close()


AMQTT = """
import asyncio, sys
from amqtt.broker import Broker

async def main():
    broker = Broker({
        "listeners": {"default": {"type": "tcp", "bind": "127.0.0.1:" + sys.argv[1]}},
        "plugins": {"amqtt.plugins.authentication.AnonymousAuthPlugin": {"allow_anonymous": True}},
    })
    await broker.start()
    print("running", flush=True)
    await asyncio.sleep(60)

asyncio.run(main())
"""


async def test_a_broker_that_knows_only_3_1_1_is_served_and_remembered(free_port: int, journal: Journal) -> None:
    """The broker of the demo does not answer a CONNECT of version 5; the next one is 3.1.1."""
    pytest.importorskip("amqtt", reason="amqtt comes with the demo extra")
    command = [sys.executable, "-W", "ignore", "-c", AMQTT, str(free_port)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)  # noqa: ASYNC220
    with process:
        assert process.stdout is not None
        process.stdout.readline()
        witness = Witness(free_port, version=4)
        journal.post("bed-1", [event(number) for number in range(1, 11)])
        async with publishing(configuration(free_port), journal) as (publisher, _):
            await heard(witness, lambda w: numbers(w) == list(range(1, 11)))
            assert publisher.beds["bed-1"].version == "3.1.1"
        await heard(witness, lambda w: bool(w.on("status")))
        assert witness.on("status")[-1]["state"] == "stopped"
        witness.close()
        process.kill()


@pytest.mark.parametrize("protocol", ["5", "3.1.1"])
async def test_the_version_that_is_asked_for_is_spoken(broker: Broker, journal: Journal, protocol: str) -> None:
    """`publish.protocol` is no suggestion."""
    async with publishing(configuration(broker.port, protocol=protocol), journal) as (publisher, _):
        await becomes(lambda: publisher.mqtt_connected)
        assert publisher.beds["bed-1"].version == protocol


async def test_a_broker_that_hangs_is_left_and_found_again(
    broker: Broker, journal: Journal, make_witness: Callable[[int], Witness], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Stopped in mid-stream: no acknowledgement in time is said and waited out, and 5 is not given up for 3.1.1."""
    monkeypatch.setattr(publish, "PUBACK_TIMEOUT_S", 0.3)
    monkeypatch.setattr(publish, "CONNECT_TIMEOUT_S", 0.3)
    witness = make_witness(broker.port)
    async with publishing(configuration(broker.port), journal) as (publisher, wake_fd):
        await becomes(lambda: publisher.mqtt_connected)
        broker.freeze()
        journal.post("bed-1", [event(1), event(2)])
        os.eventfd_write(wake_fd, 1)
        for _attempt in range(2):
            await becomes(lambda: publisher.beds["bed-1"].trouble == "Operation timed out")
            await asyncio.sleep(0.7)
        assert journal.outbox_size() == 2
        broker.thaw()
        await heard(witness, lambda w: set(numbers(w)) == {1, 2})
        await becomes(lambda: publisher.mqtt_connected and journal.outbox_size() == 0)
        assert publisher.beds["bed-1"].version == "5"
    assert list(dict.fromkeys(numbers(witness))) == [1, 2]


async def test_a_subscriber_may_ask_for_a_replay(
    broker: Broker, journal: Journal, make_witness: Callable[[int], Witness]
) -> None:
    """What was missed comes again with its number and id; the asking is written down."""
    witness = make_witness(broker.port)
    journal.post("bed-1", [event(number) for number in range(1, 6)])
    async with publishing(configuration(broker.port), journal, commands=True):
        await heard(witness, lambda w: numbers(w) == [1, 2, 3, 4, 5])
        await becomes(lambda: journal.outbox_size() == 0)
        witness.say(f"{ROOT}/cmd/replay", '{"from_seq": 2, "to_seq": 3}')
        await heard(witness, lambda w: numbers(w) == [1, 2, 3, 4, 5, 2, 3])
        await heard(witness, lambda w: bool(w.on("event/audit")))
    detail = {"command": "replay", "from_seq": "2", "to_seq": "3", "messages": "2"}
    assert witness.on("event/audit")[0]["detail"] == detail


async def test_commands_are_not_heard_unless_asked_for(
    broker: Broker, journal: Journal, make_witness: Callable[[int], Witness]
) -> None:
    """By default nobody can make the publisher do anything."""
    witness = make_witness(broker.port)
    journal.post("bed-1", [event(1)])
    async with publishing(configuration(broker.port), journal) as (_, wake_fd):
        await heard(witness, lambda w: numbers(w) == [1])
        witness.say(f"{ROOT}/cmd/replay", '{"from_seq": 1, "to_seq": 1}')
        await heard(witness, lambda w: bool(w.on("cmd/replay")))
        journal.post("bed-1", [event(2)])
        os.eventfd_write(wake_fd, 1)
        await heard(witness, lambda w: 2 in numbers(w))
    assert numbers(witness) == [1, 2]
    assert witness.on("event/audit") == []
