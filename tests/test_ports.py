"""Ports of tests: given once, and never one that a program or another test holds."""

import socket
from itertools import count

import pytest

from tests import ports


def test_every_port_is_another_one() -> None:
    """All of them out of the reach of clients, whose ports Linux takes from 32768 on."""
    given = [ports.free_port() for _ in range(50)]
    assert len(set(given)) == 50
    assert all(ports.FIRST <= port < 32_768 for port in given)


@pytest.mark.parametrize("kind", [socket.SOCK_STREAM, socket.SOCK_DGRAM])
def test_a_port_that_is_held_is_passed_over(monkeypatch: pytest.MonkeyPatch, kind: socket.SocketKind) -> None:
    """By a server (TCP), or by another worker that gave it to a test (UDP)."""
    port = ports.free_port()
    ports._claims.pop().close()
    monkeypatch.setattr(ports, "_numbers", count(port - ports.FIRST))
    with socket.socket(socket.AF_INET, kind) as holder:
        holder.bind(("127.0.0.1", port))
        assert ports.free_port() != port
