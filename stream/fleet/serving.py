"""A fleet on Ray Serve: each model an application under its own path, with as many replicas as are asked for.

Windows of requests that wait are scored together (`@serve.batch`). What is too much is refused at once, so that a host
with beds scores it itself, in place of waiting for an answer that comes too late.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import ray
from ray import serve
from starlette.requests import Request
from starlette.responses import Response

from models.engines.engine import Answers, Floats
from models.tasks import start_ray
from stream.config.keys import Infer
from stream.fleet import wire
from stream.fleet.scorer import Scorer, servable

MOST_REQUESTS: Final = 16
"""Requests of one batch."""
WAIT_S: Final = 0.002
"""So long the first request of a batch waits for others."""
QUEUED: Final = 64
"""Requests that wait at one address at most; the next is answered with 503."""


@dataclass(frozen=True, slots=True)
class Fleet:
    """How a fleet is set up; `replicas` of each model."""

    models: Sequence[str]
    replicas: int
    host: str
    port: int
    infer: Infer


class Replica:
    """One process that scores."""

    def __init__(self, name: str, infer: Infer) -> None:
        self._scorer = Scorer(name, infer)

    async def __call__(self, request: Request) -> Response:
        """Answer one request."""
        try:
            windows = self._scorer.windows(await request.body())
        except ValueError as problem:
            return Response(str(problem), status_code=400, media_type="text/plain")
        answers, together = await self._together(windows)
        headers = {wire.ENGINE: self._scorer.engine, wire.TOGETHER: str(together)}
        return Response(wire.answer_of(answers), headers=headers, media_type="application/octet-stream")

    @serve.batch(max_batch_size=MOST_REQUESTS, batch_wait_timeout_s=WAIT_S)  # type: ignore[untyped-decorator]
    async def _together(self, requests: list[Floats]) -> list[tuple[Answers, int]]:
        # In a thread, so that the next requests are read meanwhile and make the next batch.
        answers = await asyncio.to_thread(self._scorer.score, requests)
        return [(one, sum(map(len, requests))) for one in answers]


DEPLOYMENT: Final[Any] = serve.deployment(max_ongoing_requests=2 * MOST_REQUESTS, max_queued_requests=QUEUED)(Replica)


def start(fleet: Fleet) -> None:
    """Start Ray, or join the cluster that RAY_ADDRESS names, and serve; return once all replicas are ready.

    Raises
    ------
    ModelsError
        if a model cannot be served, or Ray does not start
    """
    manifests = {name: servable(name) for name in fleet.models}
    start_ray(ray)
    serve.start(http_options={"host": fleet.host, "port": fleet.port})
    for name, manifest in manifests.items():
        application = DEPLOYMENT.options(name=manifest.name, num_replicas=fleet.replicas).bind(name, fleet.infer)
        serve.run(application, name=manifest.sha256, route_prefix=wire.path_of(manifest))


def stop() -> None:
    """End the replicas, and Ray where it was started here."""
    serve.shutdown()
    ray.shutdown()
