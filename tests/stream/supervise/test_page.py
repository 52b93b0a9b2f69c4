"""The live page: its answers, and whom it refuses."""

import asyncio
import http.client
import json
import math
import signal
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from copy import deepcopy
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from stream.config.keys import Bed, Config, Web
from stream.errors import ConfigError
from stream.supervise.page import Page

TOKEN = "a-token-of-forty-characters-for-the-tests"
BED: dict[str, Any] = {
    "status": {"state": "online", "reason": "", "alarms": {}}, "alarms": [], "info": {}, "latency": {}, "sleep": {},
    "ied_rate": {}, "data_age_s": 0.1, "detecting": True, "reason": "", "events": [], "samples": {}, "groups": {},
}  # fmt: skip

Answer = tuple[int, dict[str, str], str]
Served = Callable[..., AbstractAsyncContextManager[int]]


@pytest.fixture
def state() -> dict[str, Any]:
    """Return what the page shows of a site whose two beds are watched."""
    beds = {"bed-1": deepcopy(BED), "bed-2": deepcopy(BED)}
    return {"site": "demo", "version": "0", "notice": "", "beds": beds, "mqtt": {"connected": True, "outbox": 0}}


@pytest.fixture
def served(free_port: int, state: dict[str, Any]) -> Served:
    """Serve the page on a free port while a test looks at it; arguments are keys of [web]."""

    @asynccontextmanager
    async def serve(host: str = "127.0.0.1", *, allow_remote: bool = False) -> AsyncIterator[int]:
        page = Page(configured(free_port, host, allow_remote=allow_remote), lambda: state)
        running = asyncio.create_task(page.run())
        yield free_port
        await page.stop()
        await running

    return serve


def configured(port: int, host: str = "127.0.0.1", *, allow_remote: bool = False) -> Config:
    """Configure a page at a port."""
    token = SecretStr(TOKEN if allow_remote else "")
    return Config(bed=[Bed(id="bed-1")], web=Web(port=port, host=host, allow_remote=allow_remote, token=token))


async def get(port: int, path: str, host: str = "localhost", method: str = "GET") -> Answer:
    """Ask as a browser would that thinks it talks to `host`."""

    def ask() -> Answer:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
        connection.request(method, path, headers={"Host": host})
        answer = connection.getresponse()
        text = answer.read().decode()
        connection.close()
        return answer.status, {name.lower(): value for name, value in answer.getheaders()}, text

    return await asyncio.to_thread(ask)


@pytest.mark.parametrize(
    ("path", "kind"),
    [("/", "text/html"), ("/page.css", "text/css"), ("/review.css", "text/css"), ("/icon.svg", "image/svg+xml")]
    + [
        (f"/{name}.js", "text/javascript")
        for name in ("page", "bed", "text", "traces", "marks", "hatch", "layer", "scope", "night", "review", "focus")
    ],
)
async def test_the_page_and_its_files_are_served_whole(served: Served, path: str, kind: str) -> None:
    """Each file comes as it stands in the package, under its own type."""
    async with served() as port:
        status, headers, text = await get(port, path)
    file = Path(__file__).parents[3] / "stream" / "supervise" / "webpage" / (path.strip("/") or "index.html")
    assert (status, headers["content-type"].partition(";")[0], text) == (200, kind, file.read_text())


async def test_the_state_is_the_snapshot_of_the_moment(served: Served, state: dict[str, Any]) -> None:
    """Nothing is kept from one answer to the next."""
    async with served() as port:
        first = json.loads((await get(port, "/state.json"))[2])
        state["mqtt"]["outbox"] = 7
        second = json.loads((await get(port, "/state.json"))[2])
    assert first["mqtt"] == {"connected": True, "outbox": 0}
    assert second == state


async def test_an_infinite_age_is_written_as_json_knows_it(served: Served, state: dict[str, Any]) -> None:
    """A bed from which nothing has come has no age; `Infinity` would break the page."""
    state["beds"]["bed-1"]["data_age_s"] = math.inf
    async with served() as port:
        _, _, text = await get(port, "/state.json")
    assert "Infinity" not in text
    assert json.loads(text)["beds"]["bed-1"]["data_age_s"] is None


async def test_detecting_is_answered_only_while_every_bed_is_watched(served: Served, state: dict[str, Any]) -> None:
    """One blind bed is enough for 503, and its reason stands on one line; the process is up all the same."""
    async with served() as port:
        assert (await get(port, "/-/detecting"))[::2] == (200, "detecting\n")
        state["beds"]["bed-2"] |= {"detecting": False, "reason": "no samples\nfor 3 s"}
        assert (await get(port, "/-/detecting"))[::2] == (503, "bed-2: no samples\\nfor 3 s\n")
        assert (await get(port, "/-/healthy"))[::2] == (200, "up\n")
        state["beds"].clear()
        assert (await get(port, "/-/detecting"))[::2] == (503, "no bed is watched\n")


@pytest.mark.parametrize(
    ("host", "status"),
    [("localhost:8080", 200), ("127.0.0.1", 200), ("[::1]:8080", 200), ("LOCALHOST", 200), ("evil.example", 403),
     ("localhost.evil.example", 403), ("192.0.2.7", 403), ("", 403), ("[", 403), ("evil@localhost:1:2]", 403)],
)  # fmt: skip
async def test_only_names_of_this_host_are_answered(served: Served, host: str, status: int) -> None:
    """A foreign site's name that resolves to this machine reads nothing."""
    async with served() as port:
        answers = [await get(port, path, host) for path in ("/", "/state.json", "/-/detecting", "/nothing")]
    assert [answer[0] for answer in answers] == ([200, 200, 200, 404] if status == 200 else [403] * 4)


async def test_a_page_on_every_address_answers_to_addresses_and_to_no_foreign_name(served: Served) -> None:
    """A visitor by address cannot have been led by a rebound name."""
    async with served(host="0.0.0.0", allow_remote=True) as port:
        assert [(await get(port, "/-/healthy", host))[0] for host in ("192.0.2.7:80", "evil.example")] == [200, 403]


async def test_where_there_are_tokens_each_visitor_needs_one(served: Served) -> None:
    """Everything but the form, its style and the sign of life; the form's answer is a cookie that opens the page."""
    async with served(host="0.0.0.0", allow_remote=True) as port:
        assert [(await get(port, path))[0] for path in ("/", "/state.json", "/-/detecting")] == [401] * 3
        assert [(await get(port, path))[0] for path in ("/login.html", "/-/healthy")] == [200] * 2
        assert await logged_in(port, "wrong", "http://localhost") == (401, "", 401)
        assert (await logged_in(port, TOKEN, "http://evil.example"))[0] == 403
        status, cookie, page = await logged_in(port, TOKEN, "http://localhost")
    assert (status, page) == (303, 200)
    assert {"HttpOnly", "SameSite=strict"} <= set(cookie.split("; "))


async def logged_in(port: int, token: str, origin: str) -> tuple[int, str, int]:
    """Send the form, then ask for the page with the cookie; return both statuses and the cookie."""

    def ask() -> tuple[int, str, int]:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
        named = {"Host": "localhost", "Origin": origin}
        connection.request("POST", "/login", f"token={token}", named)
        answer = connection.getresponse()
        answer.read()
        cookie = answer.getheader("Set-Cookie", "")
        connection.request("GET", "/", headers={"Host": "localhost", "Cookie": cookie.partition(";")[0]})
        page = connection.getresponse()
        page.read()
        connection.close()
        return answer.status, cookie, page.status

    return await asyncio.to_thread(ask)


@pytest.mark.parametrize(("path", "host"), [("/", "localhost"), ("/nothing", "localhost"), ("/", "evil.example")])
async def test_every_answer_restricts_what_a_browser_may_do(served: Served, path: str, host: str) -> None:
    """No inline script, no frame, no guessing of types, nothing from elsewhere, nothing kept."""
    async with served() as port:
        _, headers, _ = await get(port, path, host)
    policy = headers["content-security-policy"].split("; ")
    assert {"default-src 'self'", "frame-ancestors 'none'"} <= set(policy)
    assert (headers["x-content-type-options"], headers["cache-control"]) == ("nosniff", "no-store")
    assert "server" not in headers
    assert "access-control-allow-origin" not in headers


@pytest.mark.parametrize("host", ["localhost", "evil.example"])
async def test_every_answer_has_its_date(served: Served, host: str) -> None:
    """By the clock, although the server sleeps until a request; once, however many requests come."""
    async with served() as port:
        for _ in range(2):
            # Date has whole seconds.
            before_s = int(time.time())
            _, headers, _ = await get(port, "/", host)
            assert before_s <= parsedate_to_datetime(headers["date"]).timestamp() <= time.time()


async def test_a_page_without_requests_sets_no_timer(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    """It sets no timer that would be over soon; the one of an idle visitor takes seconds."""
    loop, waits_s = asyncio.get_running_loop(), list[float]()
    plain = loop.call_at

    def call_at(when: float, *given: Any, **more: Any) -> asyncio.TimerHandle:  # noqa: ANN401
        waits_s.append(when - loop.time())
        return plain(when, *given, **more)

    monkeypatch.setattr(loop, "call_at", call_at)
    async with served() as port:
        await get(port, "/")
        # uvicorn's own loop would set one of 0.1 s; that of an idle visitor is 5 s.
        assert [wait_s for wait_s in waits_s if wait_s < 1.0] == []


async def test_the_page_can_only_be_read(served: Served) -> None:
    """Nothing here takes a command."""
    async with served() as port:
        assert [(await get(port, "/state.json", method=method))[0] for method in ("POST", "PUT", "DELETE")] == [405] * 3


async def test_a_taken_port_is_one_clear_line_before_anything_starts(served: Served, state: dict[str, Any]) -> None:
    """A user who starts a second Spikewatch learns which key to set."""
    async with served() as port:
        with pytest.raises(ConfigError) as caught:
            Page(configured(port), lambda: state)
    assert str(caught.value) == (
        f'web.port = {port}: no page can be served at "127.0.0.1:{port}" (Address already in use); '
        "set web.port to a free one"
    )


async def test_the_port_is_free_again_after_stop_and_after_cancel(free_port: int, state: dict[str, Any]) -> None:
    """A page that has ended, by request or not, can be started anew at once, also one that never ran."""
    unused = Page(configured(free_port), lambda: state)
    await unused.stop()
    await unused.run()
    cancelled = Page(configured(free_port), lambda: state)
    running = asyncio.create_task(cancelled.run())
    assert (await get(free_port, "/-/healthy"))[0] == 200
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    await Page(configured(free_port), lambda: state).stop()


async def test_the_processs_own_signal_handlers_stay(served: Served) -> None:
    """The parent decides what an interrupt means."""
    before = [signal.getsignal(which) for which in (signal.SIGINT, signal.SIGTERM)]
    async with served() as port:
        assert (await get(port, "/-/healthy"))[0] == 200
        assert [signal.getsignal(which) for which in (signal.SIGINT, signal.SIGTERM)] == before


async def test_no_bed_is_404(served: Served) -> None:
    """A bed that is not configured is named as such."""
    async with served() as port:
        for path in ("/beds/other/traces", "/beds/other/night.json"):
            assert (await get(port, path))[::2] == (404, "404: no such bed is configured\n")
