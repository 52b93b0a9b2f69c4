"""The page's WebSockets: small, uncompressed, and cut off where a client takes nothing.

A client that does not read fills the kernel's buffer, then this process's; asyncio would keep what it was never able to
send for as long as the client stays.
"""

import asyncio
from typing import Any, Final

from uvicorn._types import ASGISendEvent
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

PATIENCE_S: Final = 10.0
"""A client that takes nothing for so long is cut off."""


class TraceSocket(WebSocketsSansIOProtocol):
    """One WebSocket, as uvicorn serves it."""

    def __init__(self, *given: Any, **more: Any) -> None:  # noqa: ANN401  (uvicorn's own)
        super().__init__(*given, **more)
        self._patience: asyncio.TimerHandle | None = None

    async def send(self, message: ASGISendEvent) -> None:
        """Send a message; a refusal is the end of the handshake, of which uvicorn would log that it never ended."""
        await super().send(message)
        if message["type"] == "websocket.http.response.body" and not message.get("more_body"):
            self.handshake_complete = True

    def pause_writing(self) -> None:
        """Wait for the client to read, for a limited time."""
        super().pause_writing()
        self._patience = self.loop.call_later(PATIENCE_S, self.transport.abort)

    def resume_writing(self) -> None:
        """Go on sending."""
        self._stop_waiting()
        super().resume_writing()

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop waiting: the client is gone."""
        self._stop_waiting()
        super().connection_lost(exc)

    def keepalive_timeout(self) -> None:
        """Cut off a client that answers no ping: whatever waits for it is of no use to anybody."""
        self.transport.abort()

    def _stop_waiting(self) -> None:
        if self._patience is not None:
            self._patience.cancel()
            self._patience = None
