"""The numbers over a real WebSocket: what has changed since the last question, and who gets none."""

import asyncio
import json
import time
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import replace
from typing import Any

import pytest
from pydantic import SecretStr
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosedError, InvalidStatus

from stream.config.keys import Bed, Config, Web
from stream.supervise import live_numbers
from stream.supervise import page as page_module
from stream.supervise.access import SESSION_S, access
from stream.supervise.live_numbers import AT_MOST_EVERY_S, Numbers, changed
from stream.supervise.page import Page
from tests.stream.hand_clock import HandClock
from tests.stream.supervise.test_trace_routes import TOKEN, logged_in


class Ward:
    """A page of two beds, what is told of them, and how often that was looked up."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.beds: Numbers = {"bed-1": {"detecting": True, "data_age_s": 0.1}, "bed-2": {"detecting": False}}
        self.looks = 0
        config = Config(bed=[Bed(id="bed-1")], web=Web(port=port, token=SecretStr(TOKEN)))
        self.page = Page(config, dict, numbers=self.numbers)

    def numbers(self) -> Numbers:
        """Return the numbers as they are."""
        self.looks += 1
        return {bed: dict(of) for bed, of in self.beds.items()}

    def opened(self, token: str = TOKEN, origin: str = "", cookie: str = "") -> connect:
        """Open the WebSocket as a browser would."""
        credentials = {"Cookie": cookie} if cookie else {"Authorization": f"Bearer {token}"}
        return connect(
            f"ws://localhost:{self.port}/numbers",
            host="127.0.0.1",
            origin=origin or f"http://localhost:{self.port}",  # type: ignore[arg-type]
            additional_headers=credentials,
            proxy=None,
        )


@pytest.fixture
async def ward(free_port: int) -> AsyncIterator[Ward]:
    """Serve the page."""
    made = Ward(free_port)
    running = asyncio.create_task(made.page.run())
    yield made
    await made.page.stop()
    await running


async def told(client: ClientConnection) -> dict[str, Any]:
    """Ask, and return the answer."""
    await client.send("")
    async with asyncio.timeout(20):
        answer: dict[str, Any] = json.loads(await client.recv())
    return answer


def test_what_changed_is_told_and_a_new_bed_whole() -> None:
    """By value; a bed of which nothing changed is there with nothing."""
    before: Numbers = {"bed-1": {"alarms": [], "data_age_s": 0.1}, "bed-2": {"data_age_s": 0.2}}
    now: Numbers = {"bed-1": {"alarms": [], "data_age_s": 0.3}, "bed-2": {"data_age_s": 0.2}, "bed-3": {"alarms": []}}
    assert changed(before, now) == {"bed-1": {"data_age_s": 0.3}, "bed-2": {}, "bed-3": {"alarms": []}}


async def test_each_visitor_is_told_all_and_then_what_changed(ward: Ward) -> None:
    """Each for itself; an age that is none is null, as in the whole state."""
    async with ward.opened() as first:
        assert await told(first) == ward.beds
        ward.beds["bed-1"]["data_age_s"] = float("inf")
        assert await told(first) == {"bed-1": {"data_age_s": None}, "bed-2": {}}
        async with ward.opened() as second:
            assert await told(second) == {
                "bed-1": {"detecting": True, "data_age_s": None},
                "bed-2": {"detecting": False},
            }


async def test_who_asks_without_end_is_answered_no_more_often(ward: Ward) -> None:
    """Forty questions at once, of two visitors: the beds are looked at once for each pause."""
    began_s = time.monotonic()
    async with ward.opened() as first, ward.opened() as second:
        for client in (first, second):
            for _ in range(20):
                await client.send("more")
        for client in (first, second):
            for _ in range(20):
                await client.recv()
    took_s = time.monotonic() - began_s
    assert took_s >= 19 * AT_MOST_EVERY_S
    assert 1 <= ward.looks <= 1 + took_s / AT_MOST_EVERY_S


async def test_who_asks_nothing_is_told_nothing(ward: Ward) -> None:
    """And costs nothing."""
    async with ward.opened() as silent, ward.opened() as other:
        await told(other)
        looks = ward.looks
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(3 * AT_MOST_EVERY_S):
                await silent.recv()
        assert ward.looks == looks


async def test_one_visitor_too_many_is_told_so_and_has_a_place_when_another_goes(
    ward: Ward, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With one place."""
    monkeypatch.setattr(live_numbers, "MOST_VISITORS", 1)
    async with ward.opened() as first:
        await told(first)
        with pytest.raises(InvalidStatus, match="503"):
            await ward.opened()
    again: dict[str, Any] = {}
    async with asyncio.timeout(20):
        while not again:
            # Until the server has seen the first one go.
            with suppress(InvalidStatus):
                async with ward.opened() as next_one:
                    again = await told(next_one)
    assert again == ward.beds


async def test_no_token_or_another_page_gets_no_numbers(ward: Ward) -> None:
    """As for every address of the page."""
    with pytest.raises(InvalidStatus, match="401"):
        await ward.opened(token="wrong")
    with pytest.raises(InvalidStatus, match="403"):
        await ward.opened(origin="http://elsewhere.example")
    assert ward.looks == 0


async def test_numbers_end_with_the_session(free_port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also for a visitor who asks nothing: an hour before its end by a clock that the test moves, and at its end."""
    clock = HandClock(0.0)
    monkeypatch.setattr(page_module, "access", lambda web: replace(access(web), clock=clock))
    ward = Ward(free_port)
    running = asyncio.create_task(ward.page.run())
    cookie = await asyncio.to_thread(logged_in, free_port)
    clock.now_s = SESSION_S - 3600
    async with ward.opened(cookie=cookie) as visitor:
        assert await told(visitor) == ward.beds
    # A moment of real time is left.
    clock.now_s = SESSION_S - 0.01
    async with ward.opened(cookie=cookie) as visitor:
        with pytest.raises(ConnectionClosedError, match=r"1008.*the session is over; open /login\.html"):
            await visitor.recv()
    await ward.page.stop()
    await running
