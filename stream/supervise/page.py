"""The live page: what every bed's detector finds at this moment, for a browser; and two answers for a watchdog.

Read-only but for reviews, and for this machine unless the configuration says otherwise.
"""

import asyncio
import contextlib
import socket
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

import uvicorn
from pydantic_core import to_json
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from stream.config.keys import Config
from stream.errors import ConfigError
from stream.logbook.parent_journal import ParentJournal
from stream.printable import printable
from stream.supervise.access import access
from stream.supervise.live_numbers import LiveNumbers, Numbers
from stream.supervise.marks_view import MarksView, Rejected
from stream.supervise.night_view import NightView
from stream.supervise.page_connection import MOST_CONNECTIONS, PageConnection
from stream.supervise.page_files import FILES, constant
from stream.supervise.page_guard import Guard, is_wildcard, known_hosts
from stream.supervise.review_routes import ReviewRoutes
from stream.supervise.trace_routes import NO_BED, TraceRoutes
from stream.supervise.trace_socket import TraceSocket

# Returns all that the page shows: site, version, notice, beds by id, mqtt.
Snapshot = Callable[[], dict[str, Any]]

GRACE_S = 1
MOST_SAID = 1024
"""Bytes of a message through a WebSocket: a visitor has nothing to say there."""


class Page:
    """The page's server, inside the event loop that runs `run`. The port is taken when a Page is made.

    Parameters
    ----------
    journal
        where reviews are read and written; None for a page that takes none
    rejected
        returns when each group of a bed was not analysed
    numbers
        returns what of the snapshot is told ten times a second; None for a page that tells all of it twice a second

    Raises
    ------
    ConfigError
        if nothing can listen at web.host and web.port, or its tokens cannot be read
    """

    def __init__(
        self,
        config: Config,
        snapshot: Snapshot,
        journal: ParentJournal | None = None,
        rejected: Rejected = lambda _bed: [],
        numbers: Callable[[], Numbers] | None = None,
    ) -> None:
        where = config.web
        visitors = access(where)
        self._listener = _listen(where.host, where.port)
        self._traces = TraceRoutes(config, visitors)
        routes: list[BaseRoute] = [
            *_routes(snapshot),
            *_bed_routes(config, rejected, self._traces),
            Route("/login", visitors.login, methods=["POST"]),
        ]
        if numbers is not None:
            routes.append(LiveNumbers(numbers, visitors).route())
        if journal is not None:
            routes += ReviewRoutes(config, journal, visitors, constant("review.html", "text/html")).routes()
        app = Starlette(routes=routes)
        guarded = Guard(app, known_hosts(where.host), visitors, any_address=is_wildcard(where.host))
        self._running = False
        self._server = _Server(
            uvicorn.Config(
                guarded,
                http=PageConnection,
                ws=TraceSocket,
                ws_per_message_deflate=False,
                ws_max_size=MOST_SAID,
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

    def rest_traces(self, *, resting: bool) -> None:
        """Draw no traces while the host is too slow, or draw them again."""
        self._traces.rest(resting=resting)

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


def _bed_routes(config: Config, rejected: Rejected, traces: TraceRoutes) -> list[BaseRoute]:
    """Return what is told of one bed."""
    beds = {bed.id for bed in config.bed}

    def told(of: Callable[[str], Awaitable[dict[str, Any]]]) -> Callable[[Request], Awaitable[Response]]:
        async def answer(request: Request) -> Response:
            bed = request.path_params["bed"]
            if bed not in beds:
                return NO_BED
            return Response(to_json(await of(bed), inf_nan_mode="null"), media_type="application/json")

        return answer

    return [
        *traces.routes(),
        Route("/beds/{bed}/night.json", told(NightView(config).of)),
        Route("/beds/{bed}/marks.json", told(MarksView(config, rejected).of)),
    ]


def _routes(snapshot: Snapshot) -> list[Route]:
    def state(request: Request) -> Response:
        found = _with_events_of(request.query_params.get("events"), snapshot())
        # A number that is none (no data yet: an infinite age) becomes null, which JSON knows.
        return Response(to_json(found, inf_nan_mode="null"), media_type="application/json")

    def healthy(_request: Request) -> Response:
        return PlainTextResponse("up\n")

    def detecting(_request: Request) -> Response:
        blind = _not_detecting(snapshot()["beds"])
        return PlainTextResponse("\n".join(blind or ["detecting"]) + "\n", status_code=503 if blind else 200)

    dynamic = {"/state.json": state, "/-/healthy": healthy, "/-/detecting": detecting}
    constants = {path: constant(*file) for path, file in FILES.items()}
    answers = dynamic | {path: lambda _request, answer=answer: answer for path, answer in constants.items()}
    return [Route(path, _in_the_loop(answer)) for path, answer in answers.items()]


def _with_events_of(opened: str | None, found: dict[str, Any]) -> dict[str, Any]:
    """Return the state with the events of one bed alone, or with all of them if none is named."""
    if opened is None:
        return found
    # They are most of it, and the page shows those of the bed that is open.
    beds = {
        bed: {name: value for name, value in told.items() if name != "events" or bed == opened}
        for bed, told in found["beds"].items()
    }
    return found | {"beds": beds}


def _in_the_loop(answer: Callable[[Request], Response]) -> Callable[[Request], Any]:
    """Make an answer that is given in the parent's own loop."""

    # Starlette runs plain functions on threads, where the snapshot could be made of two moments.
    async def answer_at_once(request: Request) -> Response:
        return answer(request)

    return answer_at_once


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
