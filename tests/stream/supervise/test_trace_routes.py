"""Traces over real HTTP and a real WebSocket: what a visitor gets, and who gets nothing."""

import asyncio
import http.client
import json
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pydantic import SecretStr
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosedError, InvalidStatus

from stream.config.keys import Bed, Config, JournalFile, Web
from stream.logbook.ring import lock_path
from stream.logbook.samplelog import SampleLogWriter, ring_path
from stream.supervise import page as page_module
from stream.supervise import trace_routes
from stream.supervise.access import SESSION_S, access
from stream.supervise.page import Page
from tests.stream.hand_clock import HandClock
from tests.stream.logbook.ramps import SOURCE, feed
from tests.stream.supervise.trace_reading import decoded

TOKEN = "a-token-of-forty-characters-for-the-tests"


@pytest.fixture
def config(tmp_path: Path, free_port: int) -> Config:
    """Configure one bed and a page with a token."""
    web = Web(port=free_port, token=SecretStr(TOKEN))
    return Config(bed=[Bed(id="bed-1")], web=web, journal=JournalFile(path=tmp_path / "j.db"))


@pytest.fixture
def log(config: Config) -> Iterator[SampleLogWriter]:
    """Begin the bed's sample log: two channels at 100 Hz."""
    path = ring_path(config, "bed-1")
    made = SampleLogWriter.create(path, SOURCE, 60.0)
    feed(made, 1000)
    yield made
    made.close()
    path.unlink()
    lock_path(path).unlink()


@pytest.fixture
async def port(config: Config) -> AsyncIterator[int]:
    """Serve the page."""
    page = Page(config, lambda: {"site": "demo", "beds": {}, "mqtt": {}})
    running = asyncio.create_task(page.run())
    yield config.web.port
    await page.stop()
    await running


def opened(
    port: int,
    *,
    token: str = TOKEN,
    origin: str = "",
    bed: str = "bed-1",
    host: str = "localhost",
    cookie: str = "",
) -> connect:
    """Open the live traces as a browser would that thinks it talks to `host`."""
    return connect(
        f"ws://{host}:{port}/beds/{bed}/live?montage=referential",
        host="127.0.0.1",
        origin=origin or f"http://{host}:{port}",  # type: ignore[arg-type]
        additional_headers=({"Authorization": f"Bearer {token}"} if token else {})
        | ({"Cookie": cookie} if cookie else {}),
        proxy=None,
    )


async def layout_and_frame(client: ClientConnection) -> tuple[dict[str, Any], bytes]:
    """Receive what comes first."""
    async with asyncio.timeout(90):
        layout = await client.recv()
        while not isinstance(frame := await client.recv(), bytes):
            pass
    return json.loads(layout), frame


async def test_a_visitor_gets_what_comes_and_what_was(port: int, log: SampleLogWriter) -> None:
    """Row by row: the second channel is the first one negated; what came before is asked for and ends there."""
    async with opened(port) as client:
        layout, frame = await layout_and_frame(client)
    live = decoded(frame)
    assert [row["name"] for row in layout["rows"]] == ["Fp1", "O2"]
    assert (live.number, live.first + live.low.shape[1]) == (1, 1000)
    query = f"recording={layout['recording']}&montage=referential&first=900&columns=100"
    status, answer = await asyncio.to_thread(get, port, f"/beds/bed-1/traces?{query}")
    assert status == 200
    assert decoded(answer).first == 900
    assert np.array_equal(decoded(answer).low[0], -decoded(answer).high[1])


async def test_live_traces_end_with_the_session_and_not_those_of_a_token(
    config: Config, log: SampleLogWriter, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Twelve hours after the cookie was made, by a clock that the test moves: the next frame is not sent any more."""
    clock = HandClock(0.0)
    monkeypatch.setattr(page_module, "access", lambda web: replace(access(web), clock=clock))
    page = Page(config, lambda: {"site": "demo", "beds": {}, "mqtt": {}})
    running = asyncio.create_task(page.run())
    cookie = await asyncio.to_thread(logged_in, config.web.port)
    async with opened(config.web.port, token="", cookie=cookie) as visitor:
        await layout_and_frame(visitor)
        clock.now_s = SESSION_S - 1
        await fed(log, visitor)
        clock.now_s = SESSION_S
        with pytest.raises(ConnectionClosedError, match=r"1008.*the session is over; open /login\.html"):
            await fed(log, visitor)
        with pytest.raises(InvalidStatus):
            await opened(config.web.port, token="", cookie=cookie)
    async with opened(config.web.port) as program:
        # Its layout says that it looks; it is sent what comes from then on.
        await program.recv()
        clock.now_s = 10 * SESSION_S
        await fed(log, program)
    await page.stop()
    await running


async def fed(log: SampleLogWriter, client: ClientConnection) -> None:
    """Send samples, and receive a frame that has the newest of them."""
    feed(log, 100)
    async with asyncio.timeout(90):
        while True:
            frame = await client.recv()
            if isinstance(frame, bytes) and decoded(frame).first + decoded(frame).low.shape[1] >= log.head:
                return


def logged_in(port: int) -> str:
    """Exchange the token for a cookie."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    connection.request("POST", "/login", f"token={TOKEN}", {"Host": "localhost"})
    cookie = connection.getresponse().getheader("set-cookie", "")
    connection.close()
    return cookie.partition(";")[0]


def get(port: int, path: str) -> tuple[int, bytes]:
    """Ask for a path with a token."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    connection.request("GET", path, headers={"Host": "localhost", "Authorization": f"Bearer {TOKEN}"})
    answer = connection.getresponse()
    found = answer.status, answer.read()
    connection.close()
    return found


@pytest.mark.parametrize(
    ("wrong", "status"),
    [({"token": "x" * 30}, 401), ({"token": ""}, 401), ({"origin": "http://evil.example"}, 403),
     ({"origin": "http://localhost:1"}, 403), ({"host": "evil.example"}, 403), ({"bed": "bed-9"}, 404)],
)  # fmt: skip
async def test_a_stranger_gets_nothing(
    port: int, wrong: dict[str, str], status: int, caplog: pytest.LogCaptureFixture
) -> None:
    """No token, a wrong one, a page of another origin, a name that was rebound, or no bed of this site."""
    with pytest.raises(InvalidStatus) as caught:
        async with opened(port, **wrong):
            pass
    assert caught.value.response.status_code == status
    assert caught.value.response.headers["X-Content-Type-Options"] == "nosniff"
    # Whoever knocks must not be able to fill the log.
    assert caplog.records == []


async def test_there_is_room_for_the_page_beside_those_who_look_at_traces(
    port: int, log: SampleLogWriter, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who comes when all places are taken is told so; one that leaves makes room."""
    monkeypatch.setattr(trace_routes, "MOST_VIEWERS", 1)
    async with opened(port) as client:
        await layout_and_frame(client)
        with pytest.raises(InvalidStatus) as caught:
            async with opened(port):
                pass
    assert caught.value.response.status_code == 503
    async with asyncio.timeout(90):
        while True:
            try:
                async with opened(port) as client:
                    assert json.loads(await client.recv())["montage"] == "referential"
                    break
            except InvalidStatus:
                await asyncio.sleep(0.01)


@pytest.mark.parametrize(
    ("query", "status"),
    [("first=-1&columns=10", 400), ("first=0&columns=0", 400), ("first=0&columns=99999", 400), ("", 400),
     ("recording=x&montage=detector&first=0&columns=10", 410)],
)  # fmt: skip
async def test_a_stretch_that_cannot_be_is_one_clear_line(port: int, query: str, status: int) -> None:
    """Before any sample is read; and where there is no stream at all."""
    found, text = await asyncio.to_thread(get, port, f"/beds/bed-1/traces?{query}")
    assert found == status
    assert text.startswith(f"{status}: ".encode())
    assert text.count(b"\n") == 1
