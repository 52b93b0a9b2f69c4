"""The live page: what every bed's detector finds at this moment, for a browser; and two answers for a watchdog.

Read-only, and for this machine unless the configuration says otherwise. A `Host` that is not of this page is refused: a
foreign site that has its name resolve to this machine (DNS rebinding) would otherwise read the page through a visitor.
"""

import asyncio
import contextlib
import ipaddress
import socket
from collections.abc import Callable, Iterator
from email.utils import formatdate
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import uvicorn
from pydantic_core import to_json
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from stream.config.keys import Config
from stream.errors import ConfigError
from stream.printable import printable

# Returns all that the page shows: site, version, notice, beds by id, mqtt.
Snapshot = Callable[[], dict[str, Any]]

FOLDER = Path(__file__).parent / "webpage"
FILES = {
    "/": ("index.html", "text/html"),
    "/page.css": ("page.css", "text/css"),
    "/page.js": ("page.js", "text/javascript"),
    "/icon.svg": ("icon.svg", "image/svg+xml"),
}
SECURITY = {
    "cache-control": "no-store",
    "content-security-policy": "default-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "cross-origin-resource-policy": "same-origin",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
}
# Beyond these a visitor is answered 503: idle ones must not use up the parent's file descriptors.
MOST_CONNECTIONS = 200
GRACE_S = 1


class Page:
    """The page's server, inside the event loop that runs `run`. The port is taken when a Page is made.

    Raises
    ------
    ConfigError
        if nothing can listen at web.host and web.port
    """

    def __init__(self, config: Config, snapshot: Snapshot) -> None:
        where = config.web
        self._listener = _listen(where.host, where.port)
        guarded = _Guard(_routes(snapshot), _known_hosts(where.host), any_address=_is_wildcard(where.host))
        self._running = False
        self._server = _Server(
            uvicorn.Config(
                guarded,
                http="h11",
                ws="none",
                lifespan="off",
                log_config=None,
                log_level="warning",
                access_log=False,
                server_header=False,
                date_header=False,
                proxy_headers=False,
                limit_concurrency=MOST_CONNECTIONS,
                timeout_graceful_shutdown=GRACE_S,
            )
        )

    async def run(self) -> None:
        """Serve until `stop`, or until cancelled."""
        if self._server.should_exit:
            return
        self._running = True
        try:
            await self._server.serve(sockets=[self._listener])
        except asyncio.CancelledError:
            if self._server.started:
                await self._server.shutdown(sockets=[self._listener])
            raise
        finally:
            self._listener.close()

    async def stop(self) -> None:
        """End `run` once the answers under way are sent; free the port if `run` never began."""
        self._server.stop()
        if not self._running:
            self._listener.close()


class _Server(uvicorn.Server):
    """A server that leaves the process's signals to the process, and sleeps until a request or its stop."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self._stopped = asyncio.Event()

    def stop(self) -> None:
        """End `serve`."""
        self.should_exit = True
        self._stopped.set()

    async def main_loop(self) -> None:
        # uvicorn's own looks ten times a second whether it should stop, and what the time is for the Date header.
        await self._stopped.wait()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


class _Guard:
    """Answers requests that name this host, and adds to every answer what a browser may do with it."""

    def __init__(self, app: ASGIApp, names: frozenset[str], *, any_address: bool) -> None:
        self._app = app
        self._names = names
        self._any_address = any_address

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_secured(message: Message) -> None:
            if message["type"] == "http.response.start":
                added = SECURITY | {"date": formatdate(usegmt=True)}
                encoded = [(name.encode(), value.encode()) for name, value in added.items()]
                message["headers"] = [*message["headers"], *encoded]
            await send(message)

        app = self._app if self._knows(Request(scope).headers.get("host", "")) else _FORBIDDEN
        await app(scope, receive, send_secured)

    def _knows(self, host: str) -> bool:
        """Return whether a `Host` header names this page."""
        try:
            name = urlsplit(f"//{host}").hostname or ""
        except ValueError:
            return False
        # An address cannot be rebound to another host, a name can.
        return name in self._names or (self._any_address and _address(name) is not None)


_FORBIDDEN = PlainTextResponse("403: this page is not served under that host name\n", status_code=403)


def _routes(snapshot: Snapshot) -> ASGIApp:
    def state(_request: Request) -> Response:
        # A number that is none (no data yet: an infinite age) becomes null, which JSON knows.
        return Response(to_json(snapshot(), inf_nan_mode="null"), media_type="application/json")

    def healthy(_request: Request) -> Response:
        return PlainTextResponse("up\n")

    def detecting(_request: Request) -> Response:
        blind = _not_detecting(snapshot()["beds"])
        return PlainTextResponse("\n".join(blind or ["detecting"]) + "\n", status_code=503 if blind else 200)

    dynamic = {"/state.json": state, "/-/healthy": healthy, "/-/detecting": detecting}
    answers = dynamic | {path: _constant(*file) for path, file in FILES.items()}
    return Starlette(routes=[Route(path, _in_the_loop(answer)) for path, answer in answers.items()])


def _in_the_loop(answer: Callable[[Request], Response]) -> Callable[[Request], Any]:
    """Make an answer that is given in the parent's own loop."""

    # Starlette runs plain functions on threads, where the snapshot could be made of two moments.
    async def answer_at_once(request: Request) -> Response:
        return answer(request)

    return answer_at_once


def _constant(name: str, media_type: str) -> Callable[[Request], Response]:
    """Make an answer of one of the page's files, read once."""
    content = (FOLDER / name).read_bytes()
    return lambda _request: Response(content, media_type=media_type)


def _not_detecting(beds: dict[str, dict[str, Any]]) -> list[str]:
    """Return the beds that are not watched and why, a line each."""
    if not beds:
        return ["no bed is watched"]
    return [f"{bed}: {printable(state['reason'])}" for bed, state in beds.items() if not state["detecting"]]


def _listen(host: str, port: int) -> socket.socket:
    listener = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    # A Spikewatch that ended a moment ago still has connections in TIME_WAIT.
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen()
    except OSError as error:
        listener.close()
        raise ConfigError(
            f'web.port = {port}: no page can be served at "{host}:{port}" ({error.strerror}); '
            "set web.port to a free one"
        ) from error
    return listener


def _known_hosts(host: str) -> frozenset[str]:
    """Return the names a browser may use; a page on every address answers to this machine's name, too."""
    own = {socket.gethostname().lower()} if _is_wildcard(host) else set()
    return frozenset({"127.0.0.1", "::1", "localhost", host.lower()} | own)


def _is_wildcard(host: str) -> bool:
    address = _address(host)
    return address is not None and address.is_unspecified


def _address(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None
