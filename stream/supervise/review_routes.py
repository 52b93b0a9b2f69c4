"""The pages of a reviewer: cards by focus, their pictures, and clicks into the journal. They take the role review."""

import asyncio
import math
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Final

from pydantic_core import to_json
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from stream.config.keys import Bed, Config
from stream.errors import InputError, RecordError
from stream.logbook.parent_journal import ParentJournal
from stream.printable import printable
from stream.schema.outgoing import review_outgoing
from stream.supervise.access import Access

if TYPE_CHECKING:
    from stream.supervise.review_desk import ReviewDesk

HOURS: Final = 24.0
"""How far back events are reviewed where the address names no hours."""
MOST_HOURS: Final = 24.0 * 366
KEPT_S: Final = 60.0
"""So long after the last request the events of a bed stay in memory; a page asks every ten seconds."""
_NOT_ALLOWED: Final = PlainTextResponse("403: reviewing takes a token of the role review or admin\n", 403)
_NO_BED: Final = PlainTextResponse("404: no such bed is configured\n", 404)
_NO_PICTURE: Final = PlainTextResponse("404: there is no such picture\n", 404)

Answer = Callable[[Request, "ReviewDesk"], Awaitable[Response]]


class ReviewRoutes:
    """The answers under /review/; `page` is the HTML of every bed."""

    def __init__(self, config: Config, journal: ParentJournal, visitors: Access, page: Response) -> None:
        self._config = config
        self._journal = journal
        self._visitors = visitors
        self._page = page
        self._desks: dict[str, ReviewDesk] = {}
        # One at a time: a click is checked against all that were made before it, and reading is heavy enough once.
        self._turn = asyncio.Lock()
        self._forgetting: asyncio.TimerHandle | None = None

    def routes(self) -> list[Route]:
        """Return the answers by their addresses."""
        return [
            Route("/review/{bed}", self._allowed(self._show)),
            Route("/review/{bed}", self._allowed(self._click), methods=["POST"]),
            Route("/review/{bed}/cards.json", self._allowed(self._cards)),
            Route("/review/{bed}/snippets/{event}.svg", self._allowed(self._snippet)),
            Route("/review/{bed}/{cluster}/{kind}.svg", self._allowed(self._picture)),
        ]

    def _allowed(self, answer: Answer) -> Callable[[Request], Awaitable[Response]]:
        async def answer_reviewer(request: Request) -> Response:
            if not self._visitors.may(request, "review"):
                return _NOT_ALLOWED
            bed = request.path_params["bed"]
            if bed not in {one.id for one in self._config.bed}:
                return _NO_BED
            try:
                async with self._turn:
                    return await answer(request, await self._desk(bed))
            except InputError as error:
                return PlainTextResponse(f"{printable(str(error))}\n", 422)
            except RecordError as error:
                return PlainTextResponse(f"503: {printable(str(error))}\n", 503)
            finally:
                self._keep()

        return answer_reviewer

    def _keep(self) -> None:
        """Keep what was read for the next request; once no one reviews any more, the memory is freed."""
        if self._forgetting is not None:
            self._forgetting.cancel()
        self._forgetting = asyncio.get_running_loop().call_later(KEPT_S, self._desks.clear)

    async def _desk(self, bed: str) -> "ReviewDesk":
        if bed not in self._desks:
            [settings] = [one for one in self._config.bed if one.id == bed]
            self._desks[bed] = await asyncio.to_thread(_opened, self._config, settings)
        return self._desks[bed]

    async def _show(self, _request: Request, _desk: "ReviewDesk") -> Response:
        return self._page

    async def _cards(self, request: Request, desk: "ReviewDesk") -> Response:
        bed, threshold = request.path_params["bed"], _number(request, "threshold", 0.0, 1.0)
        whole = request.query_params.get("whole") == "1"
        found = await asyncio.to_thread(
            desk.cards, self._journal.last_seq(bed), _hours(request), threshold, whole=whole
        )
        return Response(to_json(found, inf_nan_mode="null"), media_type="application/json")

    async def _picture(self, request: Request, desk: "ReviewDesk") -> Response:
        bed, cluster, kind = (request.path_params[key] for key in ("bed", "cluster", "kind"))
        drawn = await asyncio.to_thread(desk.picture, self._journal.last_seq(bed), _hours(request), cluster, kind)
        return Response(drawn, media_type="image/svg+xml") if drawn else _NO_PICTURE

    async def _snippet(self, request: Request, desk: "ReviewDesk") -> Response:
        drawn = await asyncio.to_thread(desk.snippet, request.path_params["event"])
        return Response(drawn, media_type="image/svg+xml") if drawn else _NO_PICTURE

    async def _click(self, request: Request, desk: "ReviewDesk") -> Response:
        bed, body = request.path_params["bed"], await request.body()
        made = await asyncio.to_thread(desk.review, body, self._journal.last_seq(bed), _hours(request))
        await self._journal.post_at_once(bed, [review_outgoing(one) for one in made])
        return Response(to_json({"id": made[0].id, "reviews": len(made)}), media_type="application/json")


def _opened(config: Config, bed: Bed) -> "ReviewDesk":
    # On a thread, for scipy takes a while to load, and the parent's loop must not stand still for a visitor.
    from stream.supervise.review_desk import ReviewDesk  # noqa: PLC0415

    return ReviewDesk(config, bed)


def _hours(request: Request) -> float:
    return _number(request, "hours", HOURS, MOST_HOURS)


def _number(request: Request, key: str, otherwise: float, most: float) -> float:
    """Return a number of the address, from 0 to `most`."""
    text = request.query_params.get(key, "")
    try:
        number = float(text) if text else otherwise
    except ValueError:
        number = math.nan
    if not 0 <= number <= most:
        raise InputError(f"{key}={text}: takes a number from 0 to {most:g}")
    return number
