"""Independent pieces of work: in turn in this process, or as many at once as Ray has processors.

Both give the same results, each with the key that it was submitted under; only the order in which they come differs.
"""

import logging
import os
from collections import deque
from collections.abc import Callable, Iterator
from types import TracebackType
from typing import Any, Final, Protocol, Self

from models.errors import ModelsError

MISSING: Final = "Ray is missing: pip install 'spikewatch[ray]', or leave --engine ray out"


class Tasks(Protocol):
    """Carries work out. More may be submitted while results are taken."""

    @property
    def at_once(self) -> int:
        """How many pieces can be under way at the same time."""
        ...

    def submit(self, key: Any, work: Callable[..., Any], *arguments: Any) -> None:  # noqa: ANN401  (any work's)
        """Add a piece of work; `key` comes back with its result."""
        ...

    def results(self) -> Iterator[tuple[Any, Any]]:
        """Yield key and result of everything submitted, as it is done."""
        ...

    def __enter__(self) -> Self:
        """Begin."""
        ...

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        """End; what is not done is dropped."""
        ...


class InTurn:
    """One piece after the other, in this process."""

    at_once = 1

    def __init__(self) -> None:
        self._waiting: deque[tuple[Any, Callable[..., Any], tuple[Any, ...]]] = deque()

    def submit(self, key: Any, work: Callable[..., Any], *arguments: Any) -> None:  # noqa: ANN401
        """Add a piece of work; see Tasks."""
        self._waiting.append((key, work, arguments))

    def results(self) -> Iterator[tuple[Any, Any]]:
        """Carry out what waits; see Tasks."""
        while self._waiting:
            key, work, arguments = self._waiting.popleft()
            yield key, work(*arguments)

    def __enter__(self) -> Self:
        """Begin."""
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        """Drop what waits."""
        self._waiting.clear()


class WithRay:
    """Each piece a task of Ray's on one processor; one whose worker dies is begun again, up to three times.

    Raises
    ------
    ModelsError
        if Ray is not installed
    """

    def __init__(self) -> None:
        try:
            import ray  # noqa: PLC0415  (an extra)
        except ImportError:
            raise ModelsError(MISSING) from None
        self._ray = ray
        self._running: dict[Any, Any] = {}

    @property
    def at_once(self) -> int:
        """The cluster's processors."""
        return max(1, int(self._ray.cluster_resources().get("CPU", 1)))

    def submit(self, key: Any, work: Callable[..., Any], *arguments: Any) -> None:  # noqa: ANN401
        """Add a piece of work; see Tasks."""
        remote = self._ray.remote(num_cpus=1)(work)
        self._running[remote.remote(*arguments)] = key

    def results(self) -> Iterator[tuple[Any, Any]]:
        """Yield what is done; see Tasks.

        Raises
        ------
        ModelsError
            if the workers of one piece died again and again
        """
        while self._running:
            [done], _ = self._ray.wait(list(self._running))
            key = self._running.pop(done)
            try:
                found = self._ray.get(done)
            except self._ray.exceptions.WorkerCrashedError:
                raise ModelsError(
                    f"{key}: the workers of Ray that began it died, each in turn; is there memory for so many?"
                ) from None
            yield key, found

    def __enter__(self) -> Self:
        """Start Ray, or join the cluster that RAY_ADDRESS names; see `start_ray`."""
        start_ray(self._ray)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        """Stop Ray and what still runs."""
        self._running.clear()
        self._ray.shutdown()


def start_ray(ray: Any) -> None:  # noqa: ANN401  (Ray has no types)
    """Start Ray, or join the cluster that RAY_ADDRESS names.

    Raises
    ------
    ModelsError
        if it does not start
    """
    # No telemetry: Ray sends usage statistics by default.
    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
    # By default Ray's processes have niceness 15: they would give way to every other process of the host, and beds
    # would wait for them.
    os.environ.setdefault("RAY_worker_niceness", "0")
    try:
        ray.init(include_dashboard=False, log_to_driver=False, logging_level=logging.ERROR)
    except Exception as problem:  # noqa: BLE001  (Ray raises nothing more special)
        first = (str(problem).splitlines() or [type(problem).__name__])[0]
        raise ModelsError(f"Ray does not start; try again on a host that is less busy: {first}") from None


ENGINES: Final[dict[str, Callable[[], Tasks]]] = {"local": InTurn, "ray": WithRay}
