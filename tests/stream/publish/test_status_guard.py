"""The retained status is put right at once when another client writes it, and stays told for a minute."""

import json
from collections.abc import Callable

import pytest

from stream.logbook.journal import Journal
from stream.publish.status_guard import LOST, TELL_S, StatusGuard
from tests.stream.brokers import Broker, Witness
from tests.stream.hand_clock import HandClock
from tests.stream.publish.publishing import ONLINE, ROOT, becomes, configuration, publishing, received


@pytest.fixture
def clock() -> HandClock:
    """Return a clock that a test turns."""
    return HandClock()


@pytest.fixture
def guard(clock: HandClock) -> StatusGuard:
    """Return a guard that has seen a status published."""
    guard = StatusGuard(clock)
    guard.published('{"state": "online"}')
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
