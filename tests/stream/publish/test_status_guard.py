"""The retained status is put right at once when another client writes it, and stays told for a minute."""

import asyncio
import json
from collections.abc import Callable

import pytest

from stream.logbook.journal import Journal
from stream.publish.status_guard import LOST, TELL_S, WAY_S, StatusGuard
from tests.stream.brokers import Broker, Witness
from tests.stream.hand_clock import HandClock
from tests.stream.publish.old_broker import PAHO_3_1_1, old_broker
from tests.stream.publish.publishing import ONLINE, ROOT, becomes, configuration, publishing, received


@pytest.fixture
def clock() -> HandClock:
    """Return a clock that a test turns."""
    return HandClock()


@pytest.fixture
def guard(clock: HandClock) -> StatusGuard:
    """Return a guard that has seen a status published."""
    guard = StatusGuard(clock)
    guard.published('{"state": "online"}', comes_back=True)
    return guard


@pytest.mark.parametrize(
    "payload", [b'{"state": "stale"}', b"", b"no JSON \xff", b"[1]", b"[" * 9_000, b'{"a":' * 1_500, b"[" * 1_000_000]
)
def test_what_a_stranger_writes_is_foreign_and_told_for_a_minute(
    guard: StatusGuard, clock: HandClock, payload: bytes
) -> None:
    """An empty payload deletes a retained message: it is foreign as well."""
    assert guard.is_foreign(payload)
    assert "another client has written" in guard.reason
    clock.now_s += TELL_S
    assert guard.reason == ""


def test_ones_own_status_is_not_foreign(guard: StatusGuard) -> None:
    """MQTT 3.1.1 sends it back."""
    assert not guard.is_foreign(b'{"state": "online"}')
    assert guard.reason == ""
    assert not StatusGuard(HandClock()).is_foreign(b"before anything was published")


def test_statuses_that_come_back_one_behind_the_other_are_ones_own(guard: StatusGuard) -> None:
    """With MQTT 3.1.1 the next one may leave before the last one is back; one that never comes back is no harm."""
    for number in range(4):
        guard.published(str(number), comes_back=True)
    # What waits to be looked at may overflow, and number 1 was lost so.
    assert [guard.is_foreign(payload) for payload in (b"0", b"2", b"3")] == [False] * 3
    assert guard.reason == ""


def test_an_old_status_of_ones_own_that_a_stranger_writes_is_foreign(guard: StatusGuard) -> None:
    """Once it has come back, as it does a single time, or a later one has, or where none comes back (MQTT 5)."""
    for number in range(3):
        guard.published(str(number), comes_back=True)
    assert not guard.is_foreign(b"1")
    assert guard.is_foreign(b"1")
    assert guard.is_foreign(b"0")
    guard.published("3", comes_back=False)
    guard.published("4", comes_back=False)
    assert guard.is_foreign(b"3")
    assert not guard.is_foreign(b"4")
    assert "another client has written" in guard.reason


def test_an_old_status_is_not_waited_for_for_ever(guard: StatusGuard, clock: HandClock) -> None:
    """Its return was lost, and whoever writes it now is a stranger: left alone, it would stay the broker's newest."""
    guard.published("older", comes_back=True)
    guard.published("newer", comes_back=True)
    clock.now_s += WAY_S
    assert guard.is_foreign(b"older")
    assert not guard.is_foreign(b"newer")


def test_a_last_will_that_comes_late_is_overwritten_and_no_stranger(guard: StatusGuard) -> None:
    """A broker may publish it behind the status of the next connection."""
    assert guard.is_foreign(json.dumps({"state": "offline", "reason": LOST}).encode())
    assert guard.reason == ""


@pytest.mark.fault
@pytest.mark.parametrize("protocol", ["5", "3.1.1"])
@pytest.mark.parametrize("forged", ['{"state": "stopped"}', '{"state": "degraded", "bed": "bed-1"}'])
async def test_m9_a_forged_retained_status_is_corrected_at_once(
    broker: Broker, journal: Journal, make_witness: Callable[[int], Witness], protocol: str, forged: str
) -> None:
    """Whoever subscribes afterwards reads the truth."""
    witness = make_witness(broker.port)
    async with publishing(configuration(broker.port, protocol=protocol), journal) as (publisher, _):
        publisher.set_state(ONLINE)
        await received(witness, lambda w: [one["state"] for one in w.on("status")] == ["online"])
        witness.publish(f"{ROOT}/status", forged, retain=True)
        await received(witness, lambda w: [one["state"] for one in w.on("status")][2:] == ["online"])
        await becomes(lambda: ("another client" in publisher.beds["bed-1"].guard.reason) is ("degraded" in forged))
        newcomer = make_witness(broker.port)
        await received(newcomer, lambda w: bool(w.on("status")))
        assert [one["state"] for one in newcomer.on("status")] == ["online"]


async def test_statuses_in_quick_succession_are_no_strangers(free_port: int, journal: Journal) -> None:
    """Each is published once, and none raises the alarm or holds up the look at what others write."""
    with old_broker(free_port):
        witness = Witness(free_port, version=PAHO_3_1_1)
        async with publishing(configuration(free_port, protocol="3.1.1"), journal) as (publisher, _):
            await becomes(lambda: publisher.mqtt_connected)
            for number in range(20):
                status = ONLINE.model_copy(update={"last_seq": number})
                publisher.set_state(status)
                # The next one comes while this one is on its way, and so leaves before this one is back.
                while publisher.beds["bed-1"].guard._own != json.dumps(status.payload()):  # noqa: ASYNC110
                    await asyncio.sleep(0)
            await received(witness, lambda w: [one["last_seq"] for one in w.on("status")][19:] == [19])
            # What comes back behind this one has been looked at when this one is overwritten.
            witness.publish(f"{ROOT}/status", '{"state": "stopped"}', retain=True)
            await received(witness, lambda w: [one["state"] for one in w.on("status")][20:] == ["stopped", "online"])
            assert publisher.beds["bed-1"].guard.reason == ""
        witness.close()
