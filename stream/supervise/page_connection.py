"""Limits the page's connections: how many there are at a time, and how long each may take to ask and to read.

A client that connects and asks nothing, or a letter at a time, or reads nothing of what it asked for, would otherwise
stay for good, and two hundred of them would keep everyone else out, a watchdog as well.
"""

import asyncio
from typing import Any, Final

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

MOST_CONNECTIONS: Final = 200
"""WebSockets included. When one more comes, the one that has waited longest without a request is closed."""
REQUEST_S: Final = 10.0
"""From connecting, or from the last answer, to the last byte of a request."""
PATIENCE_S: Final = 10.0
"""A client that takes nothing of its answer for so long is cut off."""


class PageConnection(H11Protocol):
    """One connection, as uvicorn serves it."""

    def __init__(self, *given: Any, **more: Any) -> None:  # noqa: ANN401  (uvicorn's own)
        super().__init__(*given, **more)
        self._asks_until: asyncio.TimerHandle | None = None
        self._reads_until: asyncio.TimerHandle | None = None

    @property
    def waits_since_s(self) -> float | None:
        """When this began to wait for a request, on the loop's clock; None while one is answered."""
        return None if self._asks_until is None else self._asks_until.when() - REQUEST_S

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Wait for a request, in the place of another one if there are too many."""
        super().connection_made(transport)
        self._wait()
        excess = len(self.connections) - MOST_CONNECTIONS + 1
        if excess > 0:
            self._make_room(excess)

    def data_received(self, data: bytes) -> None:
        """Stop waiting once a request is whole; more of its letters give it no more time."""
        super().data_received(data)
        self._stop_if_whole()

    def on_response_complete(self) -> None:
        """Wait for the next request."""
        self._wait()
        # Answers the next request if that has come already, and then waits no longer.
        super().on_response_complete()
        self._stop_if_whole()

    def handle_websocket_upgrade(self, event: Any) -> None:  # noqa: ANN401  (uvicorn's own)
        """Hand the connection over, which is bounded in its own way from here on."""
        self._stop_waiting()
        super().handle_websocket_upgrade(event)

    def pause_writing(self) -> None:
        """Wait for the client to read, for a limited time."""
        super().pause_writing()
        self._reads_until = self.loop.call_later(PATIENCE_S, self.transport.abort)

    def resume_writing(self) -> None:
        """Go on sending."""
        self._stop_patience()
        super().resume_writing()

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop waiting: the client is gone."""
        self._stop_waiting()
        self._stop_patience()
        super().connection_lost(exc)

    def _make_room(self, excess: int) -> None:
        """Close the connections that have waited longest."""
        others = [other for other in self.connections if isinstance(other, PageConnection) and other is not self]
        waiting = [(since_s, other) for other in others if (since_s := other.waits_since_s) is not None]
        for _, other in sorted(waiting, key=lambda one: one[0])[:excess]:
            # At once: its own end comes a turn of the loop later, and the next one must close another.
            self.connections.discard(other)
            other.transport.abort()

    def _wait(self) -> None:
        self._stop_waiting()
        self._asks_until = self.loop.call_later(REQUEST_S, self.transport.abort)

    def _stop_if_whole(self) -> None:
        if self.conn.their_state in (h11.DONE, h11.MUST_CLOSE):
            self._stop_waiting()

    def _stop_waiting(self) -> None:
        if self._asks_until is not None:
            self._asks_until.cancel()
            self._asks_until = None

    def _stop_patience(self) -> None:
        if self._reads_until is not None:
            self._reads_until.cancel()
            self._reads_until = None
