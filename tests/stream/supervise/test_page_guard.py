"""Whom the page answers: names of this host, tokens, and what a browser may do with an answer."""

import asyncio
import http.client
import time
from email.utils import parsedate_to_datetime

import pytest

from stream.supervise.page_guard import SECURITY
from tests.stream.supervise.served_page import TOKEN, Served, get


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
    assert SECURITY.items() <= headers.items()
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
