"""The scrape page answers while others hold connections open and ask nothing."""

import http.client
import socket
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

import pytest
from prometheus_client import CollectorRegistry, Gauge

from stream.supervise import scrape_server
from stream.supervise.scrape_server import MOST_CONNECTIONS, serve
from tests.ports import free_port


@pytest.fixture
def port() -> Iterator[int]:
    """Serve a registry with one gauge."""
    registry, port = CollectorRegistry(), free_port()
    Gauge("lives", "1.", registry=registry).set(1)
    stop = serve("127.0.0.1", port, registry)
    yield port
    stop()


def scraped(port: int) -> bytes:
    """Return a scrape."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    connection.request("GET", "/metrics")
    page = connection.getresponse().read()
    connection.close()
    return page


@pytest.mark.fault
def test_p7_silent_connections_and_half_requests_keep_no_scrape_out(port: int) -> None:
    """Three times as many as are served at a time: the oldest give way, and threads stay bounded."""
    with ExitStack() as held:
        for number in range(3 * MOST_CONNECTIONS):
            connection = held.enter_context(socket.create_connection(("127.0.0.1", port), timeout=60))
            if number % 2:
                connection.sendall(b"GET /metrics HTTP/1.1\r\nHost: a")
        assert b"lives 1.0" in scraped(port)
        until_s = time.monotonic() + 60
        # A thread whose connection was cut ends a moment later.
        while threading.active_count() > MOST_CONNECTIONS + 10:
            assert time.monotonic() < until_s
            time.sleep(0.01)


@pytest.mark.fault
def test_p7_a_request_that_takes_too_long_is_cut(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """However steadily it comes."""
    monkeypatch.setattr(scrape_server, "LONGEST_S", 0.3)
    with socket.create_connection(("127.0.0.1", port), timeout=60) as slow:
        slow.sendall(b"GET /metrics HTTP/1.1\r\n")
        until_s, cut = time.monotonic() + 60, False
        while time.monotonic() < until_s and not cut:
            try:
                slow.sendall(b"X")
                slow.settimeout(0.05)
                cut = slow.recv(1) == b""
            except TimeoutError:
                continue
            except OSError:
                cut = True
        assert cut


@pytest.mark.fault
def test_p8_a_hundred_scrapes_by_ten_at_a_time_are_all_answered(port: int) -> None:
    """Each with the whole page."""
    with ThreadPoolExecutor(10) as scrapers:
        pages = list(scrapers.map(lambda _: scraped(port), range(100)))
    assert [b"lives 1.0" in page for page in pages] == [True] * 100


def test_a_port_that_is_taken_is_an_error(port: int) -> None:
    """At the start, and not at the first scrape."""
    with pytest.raises(OSError, match="in use"):
        serve("127.0.0.1", port, CollectorRegistry())
