"""The numbers of every bed through a WebSocket: to each question, what has changed since the one before.

The visitor asks, ten times a second, because only the visitor knows when it asked: an age that is delayed on its way
would be shown too young. Without a question there is no answer, so nothing piles up for a visitor who does not read.
"""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Final

from pydantic_core import to_json
from starlette.responses import PlainTextResponse
from starlette.routing import WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

from stream.supervise.access import OVER, Access

Numbers = dict[str, dict[str, Any]]
"""By bed: what changes from moment to moment."""

MOST_VISITORS: Final = 50
"""A further visitor gets the whole state twice a second, and there is still room for requests."""
AT_MOST_EVERY_S: Final = 0.05
"""A visitor is answered no more often, whatever it asks, and the beds are looked at no more often for all of them."""
_TOO_MANY: Final = PlainTextResponse(f"503: {MOST_VISITORS} visitors follow the numbers; state.json has them\n", 503)


class LiveNumbers:
    """Answers visitors who follow the numbers; `numbers` returns them, `visitors` says how long each may stay."""

    def __init__(self, numbers: Callable[[], Numbers], visitors: Access) -> None:
        self._numbers = numbers
        self._visitors = visitors
        self._count = 0
        self._newest: Numbers = {}
        self._made_s = -AT_MOST_EVERY_S

    def route(self) -> WebSocketRoute:
        """Return the answer by its address."""
        return WebSocketRoute("/numbers", self._live)

    async def _live(self, socket: WebSocket) -> None:
        if self._count >= MOST_VISITORS:
            await _TOO_MANY(socket.scope, socket.receive, socket.send)
            return
        self._count += 1
        try:
            await socket.accept()
            left_s = self._visitors.left_s(socket)
            with suppress(WebSocketDisconnect, RuntimeError):
                await self._answer_until(socket, left_s)
        finally:
            self._count -= 1

    async def _answer_until(self, socket: WebSocket, left_s: float | None) -> None:
        try:
            async with asyncio.timeout(left_s):
                await self._answer(socket)
        except TimeoutError:
            await socket.close(*OVER)

    async def _answer(self, socket: WebSocket) -> None:
        sent: Numbers = {}
        # Any message is a question; its content is ignored.
        while (await socket.receive())["type"] == "websocket.receive":
            now = self._now()
            await socket.send_text(to_json(changed(sent, now), inf_nan_mode="null").decode())
            sent = now
            await asyncio.sleep(AT_MOST_EVERY_S)

    def _now(self) -> Numbers:
        """Return the numbers, looked up once for all who ask at about the same time."""
        now_s = asyncio.get_running_loop().time()
        if now_s - self._made_s >= AT_MOST_EVERY_S:
            self._newest, self._made_s = self._numbers(), now_s
        return self._newest


def changed(sent: Numbers, now: Numbers) -> Numbers:
    """Return the numbers of each bed that differ from those that were sent."""
    return {
        bed: {name: value for name, value in numbers.items() if bed not in sent or sent[bed][name] != value}
        for bed, numbers in now.items()
    }
