"""Clients of the page that ask nothing, too slowly, or take no answer."""

import asyncio
import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import pytest

from stream.supervise import page_connection
from stream.supervise.page_connection import MOST_CONNECTIONS
from tests.stream.supervise.served_page import Served, get

LARGE = 20_000_000
"""Bytes: more than the kernel keeps for both ends of a connection."""


@contextmanager
def clients(port: int, count: int, said: bytes) -> Iterator[list[socket.socket]]:
    """Connect so many clients that say something and do no more."""
    with ExitStack() as stack:
        opened = [stack.enter_context(socket.create_connection(("127.0.0.1", port), timeout=10)) for _ in range(count)]
        for client in opened:
            client.sendall(said)
        yield opened


def ended(client: socket.socket) -> bool:
    """Read to the end; fail if there is none within 10 s."""
    try:
        while client.recv(1 << 20):
            pass
    except ConnectionResetError:
        pass
    return True


@pytest.mark.fault
@pytest.mark.parametrize("said", [b"", b"GET /-/healthy HT"], ids=["silent", "half-a-request"])
async def test_p7_more_silent_connections_than_there_is_room_for_keep_nobody_out(served: Served, said: bytes) -> None:
    """The oldest give way, before their time is over; who asks is answered."""
    async with served() as port:
        # The backlog of the listener is short, so they come in a thread while the loop accepts.
        crowd = clients(port, MOST_CONNECTIONS + 50, said)
        opened = await asyncio.to_thread(crowd.__enter__)
        try:
            assert [(await get(port, "/-/healthy"))[0] for _ in range(3)] == [200] * 3
            assert await asyncio.to_thread(ended, opened[0])
        finally:
            crowd.__exit__(None, None, None)


@pytest.mark.fault
async def test_p7_a_request_that_is_not_whole_in_time_is_cut_however_it_trickles(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also after an answer: a letter more is no new time."""
    monkeypatch.setattr(page_connection, "REQUEST_S", 0.3)
    whole = b"GET /-/healthy HTTP/1.1\r\nHost: localhost\r\n\r\n"
    async with served() as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(whole)
        assert (await reader.readuntil(b"up\n")).startswith(b"HTTP/1.1 200")
        began_s = asyncio.get_running_loop().time()
        assert await _trickle(reader, writer, whole[:-1]) < len(whole) - 1
        assert 0.2 < asyncio.get_running_loop().time() - began_s < 2
        writer.close()


@pytest.mark.fault
async def test_p7_who_takes_nothing_of_the_answer_is_cut_off(
    served: Served, state: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """And what was to be sent is kept no longer; others are answered all along."""
    monkeypatch.setattr(page_connection, "PATIENCE_S", 0.3)
    state["site"] = "x" * LARGE
    async with served() as port:
        with clients(port, 1, b"GET /state.json HTTP/1.1\r\nHost: localhost\r\n\r\n") as [client]:
            assert (await get(port, "/-/healthy"))[0] == 200
            await asyncio.sleep(0.6)
            taken = await asyncio.to_thread(_take, client)
        assert 0 < taken < LARGE


async def test_one_that_asks_again_and_again_is_answered_each_time(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    """For longer than one may wait, and two requests at once are two answers."""
    monkeypatch.setattr(page_connection, "REQUEST_S", 0.3)
    request = b"GET /-/healthy HTTP/1.1\r\nHost: localhost\r\n\r\n"
    async with served() as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for _ in range(5):
            writer.write(request * 2)
            for _ in range(2):
                assert (await reader.readuntil(b"up\n")).startswith(b"HTTP/1.1 200")
            await asyncio.sleep(0.1)
        writer.close()


async def _trickle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, said: bytes) -> int:
    """Say a letter every 50 ms; return how many before the connection ended."""
    for spoken, letter in enumerate(said):
        writer.write(bytes([letter]))
        try:
            await asyncio.wait_for(reader.read(1), 0.05)
        except TimeoutError:
            continue
        except ConnectionError:
            pass
        return spoken
    return len(said)


def _take(client: socket.socket) -> int:
    """Count what is still to be had."""
    taken = 0
    try:
        while piece := client.recv(1 << 20):
            taken += len(piece)
    except ConnectionResetError:
        pass
    return taken
