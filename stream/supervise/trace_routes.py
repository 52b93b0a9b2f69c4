"""Traces over the network: live ones through a WebSocket, past ones as an answer.

Each WebSocket has a queue of its own with an end, and there are fewer of them than the server takes connections:
whoever looks at traces, the page is answered to others all the same.
"""

import asyncio
import importlib
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING, Final

from pydantic_core import to_json
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Route, WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

from stream.config.keys import Config
from stream.errors import RecordError
from stream.supervise.access import OVER, Access

if TYPE_CHECKING:
    from stream.supervise.traces import BedTraces, Viewer

MOST_VIEWERS: Final = 100
MOST_COLUMNS: Final = 2**13
"""Of one answer: about a minute."""
NO_BED: Final = PlainTextResponse("404: no such bed is configured\n", status_code=404)
_TOO_MANY: Final = PlainTextResponse(f"503: {MOST_VIEWERS} visitors look at traces; try again later\n", 503)
_TOO_SLOW: Final = PlainTextResponse("503: this host is too slow to draw traces; the alarm overload says more\n", 503)
_WRONG_STRETCH: Final = PlainTextResponse(
    f"400: takes recording, montage, first and columns, at most {MOST_COLUMNS} of them\n", 400
)
_OVER: Final = PlainTextResponse("410: this recording, or its montage, is not there any more\n", 410)


class TraceRoutes:
    """The traces of every bed."""

    def __init__(self, config: Config, visitors: Access) -> None:
        self._config = config
        self._visitors = visitors
        self._beds = {bed.id for bed in config.bed}
        self._made: dict[str, BedTraces] = {}
        self._running: dict[str, asyncio.Task[None]] = {}
        self._viewers = 0
        self._resting = False
        # One at a time: a stretch of a large recording takes a processor for some tenths of a second.
        self._turn = asyncio.Lock()

    def routes(self) -> list[BaseRoute]:
        """Return the answers by their addresses."""
        return [WebSocketRoute("/beds/{bed}/live", self._live), Route("/beds/{bed}/traces", self._past)]

    def rest(self, *, resting: bool) -> None:
        """Make no traces while the host is too slow, or make them again."""
        self._resting = resting
        for traces in self._made.values():
            traces.resting = resting

    async def _traces(self, bed: str) -> "BedTraces":
        # On a thread, for scipy takes a while to load, and the parent's loop must not stand still for a visitor.
        module = await asyncio.to_thread(importlib.import_module, "stream.supervise.traces")
        traces: BedTraces = self._made.setdefault(bed, module.BedTraces(self._config, bed))
        traces.resting = self._resting
        return traces

    async def _past(self, request: Request) -> Response:
        bed, asked = request.path_params["bed"], request.query_params
        if bed not in self._beds:
            return NO_BED
        if self._resting:
            return _TOO_SLOW
        first, count = asked.get("first", ""), asked.get("columns", "")
        if not (first.isdecimal() and count.isdecimal() and 0 < int(count) <= MOST_COLUMNS and len(first) < 16):
            return _WRONG_STRETCH
        traces = await self._traces(bed)
        words = (asked.get("recording", ""), asked.get("montage", ""))
        try:
            async with self._turn:
                frame = await asyncio.to_thread(traces.past, *words, int(first), int(count))
        except RecordError:
            frame = None
        return _OVER if frame is None else Response(frame, media_type="application/octet-stream")

    async def _live(self, socket: WebSocket) -> None:
        bed = socket.path_params["bed"]
        if bed not in self._beds or self._viewers >= MOST_VIEWERS:
            await (NO_BED if bed not in self._beds else _TOO_MANY)(socket.scope, socket.receive, socket.send)
            return
        self._viewers += 1
        try:
            traces = await self._traces(bed)
            await socket.accept()
            await self._serve(socket, traces, bed)
        finally:
            self._viewers -= 1

    async def _serve(self, socket: WebSocket, traces: "BedTraces", bed: str) -> None:
        viewer = traces.viewer(socket.query_params.get("montage", ""))
        running = self._running.get(bed)
        if running is None or running.done():
            self._running[bed] = asyncio.create_task(traces.run(), name=f"traces of {bed}")
        try:
            clock, ends_s = self._visitors.clock, self._visitors.ends_s(socket)
            sending = asyncio.create_task(_send(socket, viewer, lambda: clock() < ends_s))
            # A client has nothing to say; this waits until it goes.
            receiving = asyncio.create_task(_until_gone(socket))
            # Checked also where nothing is sent (a bed without a stream), so that no one looks on after a session has
            # ended.
            left_s = self._visitors.left_s(socket)
            await asyncio.wait([sending, receiving], timeout=left_s, return_when=asyncio.FIRST_COMPLETED)
            for task in (sending, receiving):
                task.cancel()
            await asyncio.gather(sending, receiving, return_exceptions=True)
            if clock() >= ends_s:
                with suppress(WebSocketDisconnect, RuntimeError):
                    await socket.close(*OVER)
        finally:
            traces.viewers.discard(viewer)


async def _send(socket: WebSocket, viewer: "Viewer", may: Callable[[], bool]) -> None:
    with suppress(WebSocketDisconnect, RuntimeError):
        while True:
            await viewer.news.wait()
            if not may():
                return
            viewer.news.clear()
            while viewer.waiting:
                message = viewer.waiting.popleft()
                if isinstance(message, bytes):
                    await socket.send_bytes(message)
                else:
                    await socket.send_text(to_json(message).decode())


async def _until_gone(socket: WebSocket) -> None:
    with suppress(WebSocketDisconnect, RuntimeError):
        while True:
            await socket.receive_bytes()
