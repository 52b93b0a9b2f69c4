"""What is said of a broker that is not reached: which one, why, what to do; and of a second program with one id."""

import asyncio
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from pydantic import SecretStr

from stream.config.publish_keys import Publish
from stream.logbook.journal import Journal
from stream.publish.mqtt import BrokerError, Will, connected
from stream.publish.trouble import HUNG_UP, RIVAL_S, TAKEN_OVER, RivalWatch, explained
from tests.stream.brokers import Broker
from tests.stream.hand_clock import HandClock
from tests.stream.publish.publishing import becomes, configuration, publishing

WILL = Will("spikewatch/v1/ward/bed-1/status", "{}")


@pytest.fixture
def guarded(make_broker: Callable[..., Broker], tmp_path: Path) -> Iterator[Broker]:
    """Start a broker that lets in the user "ward" with one password."""
    passwords = tmp_path / "passwords"
    subprocess.run(["mosquitto_passwd", "-b", "-c", str(passwords), "ward", "right"], check=True)
    # Per listener, since the broker's own configuration begins with `allow_anonymous true`.
    broker = make_broker("allow_anonymous false", f"password_file {passwords}")
    broker.start()
    yield broker
    broker.kill()


async def reason(broker: Publish, version: str) -> str:
    """Return what is said of a connection that is not made."""
    with pytest.raises(BrokerError) as caught:
        async with connected(broker, "us", version, WILL):
            pass
    return explained(broker, caught.value)


@pytest.mark.parametrize("version", ["5", "3.1.1"])
async def test_a_wrong_password_is_said_as_such(guarded: Broker, version: str) -> None:
    """With host, port and the keys to mend; also where none is given."""
    for section in (
        Publish(port=guarded.port, username="ward", password=SecretStr("wrong")),
        Publish(port=guarded.port),
    ):
        assert await reason(section, version) == (
            f"broker 127.0.0.1:{guarded.port}: the broker does not let this user in, or the password is wrong; "
            "mend publish.username and publish.password_file (or SPIKEWATCH_PUBLISH__PASSWORD)"
        )


@pytest.mark.parametrize(
    ("host", "what"),
    [
        ("127.0.0.1", "nothing listens there; start the broker, or mend publish.host and publish.port"),
        ("no-such-host.invalid", "mend publish.host"),
    ],
)
async def test_a_broker_that_is_not_there_is_named_with_the_remedy(host: str, what: str) -> None:
    """Its port is closed, or its name unknown."""
    # Port 1 is closed wherever nobody runs tcpmux.
    said = await reason(Publish(host=host, port=1), "5")
    assert said.startswith(f"broker {host}:1: ")
    assert said.endswith(what)


async def test_a_refused_user_is_not_tried_again_with_an_older_version(guarded: Broker, journal: Journal) -> None:
    """A broker that answers in MQTT 5 that a password is wrong can speak MQTT 5."""
    async with publishing(configuration(guarded.port), journal) as (publisher, _):
        await becomes(lambda: publisher.beds["bed-1"].trouble != "")
        assert "the password is wrong" in publisher.beds["bed-1"].trouble
        assert publisher.beds["bed-1"]._connections == 0


async def test_nothing_is_wrong_before_the_first_try_has_ended(broker: Broker, journal: Journal) -> None:
    """A normal start is no trouble."""
    async with publishing(configuration(broker.port), journal) as (publisher, _):
        seen = {publisher.beds["bed-1"].trouble}
        while not publisher.mqtt_connected:
            await asyncio.sleep(0)
            seen.add(publisher.beds["bed-1"].trouble)
    assert seen == {""}


def test_m7_a_session_that_was_taken_over_is_told_for_a_minute() -> None:
    """With the client id and the remedy, also while this program has the session for a moment."""
    clock = HandClock()
    watch = RivalWatch("spikewatch-ward-bed-1", lambda: clock.now_s)
    assert watch.suspicion == ""
    watch.ended(TAKEN_OVER, connected=True)
    clock.now_s += RIVAL_S - 1
    assert watch.suspicion == (
        'another program has taken this session (0x8E): is a second program connected as "spikewatch-ward-bed-1"? '
        "Stop it, or give one of the two another site in config.toml"
    )
    clock.now_s += 1
    assert watch.suspicion == ""


def test_hang_ups_that_a_reconnection_follows_are_a_rival() -> None:
    """The third within five minutes; a broker that is away in between explains them."""
    clock = HandClock()
    watch = RivalWatch("us", lambda: clock.now_s)
    for _ in range(2):
        watch.ended(HUNG_UP, connected=True)
    assert watch.suspicion == ""
    watch.ended(0, connected=False)
    for _ in range(2):
        watch.ended(HUNG_UP, connected=True)
        clock.now_s += 149
    assert watch.suspicion == ""
    watch.ended(HUNG_UP, connected=True)
    assert watch.suspicion.startswith('the broker hangs up again and again: is a second program connected as "us"?')
    clock.now_s += 300
    watch.ended(HUNG_UP, connected=True)
    assert watch.suspicion == ""
