"""A WebSocket whose client takes nothing is cut off."""

import asyncio
from unittest.mock import Mock

import pytest
import uvicorn
from uvicorn.server import ServerState

from stream.supervise import trace_socket
from stream.supervise.trace_socket import TraceSocket


@pytest.fixture
async def socket(monkeypatch: pytest.MonkeyPatch) -> TraceSocket:
    """Return a connection whose client has a fiftieth of a second."""
    monkeypatch.setattr(trace_socket, "PATIENCE_S", 0.02)
    config = uvicorn.Config(Mock(), log_config=None)
    made = TraceSocket(config, ServerState(), {}, asyncio.get_running_loop())
    made.transport = Mock(spec=asyncio.Transport)
    return made


async def test_a_client_that_takes_nothing_is_cut_off(socket: TraceSocket) -> None:
    """Not closed, which would wait for it."""
    socket.pause_writing()
    await asyncio.sleep(0.05)
    socket.transport.abort.assert_called_once()  # type: ignore[attr-defined]


async def test_a_client_that_goes_on_reading_stays(socket: TraceSocket) -> None:
    """However often it falls behind."""
    for _ in range(2):
        socket.pause_writing()
        socket.resume_writing()
    await asyncio.sleep(0.05)
    socket.transport.abort.assert_not_called()  # type: ignore[attr-defined]


async def test_a_client_that_answers_no_ping_is_cut_off(socket: TraceSocket) -> None:
    """Its buffer may be too small to be noticed otherwise."""
    socket.keepalive_timeout()
    socket.transport.abort.assert_called_once()  # type: ignore[attr-defined]
