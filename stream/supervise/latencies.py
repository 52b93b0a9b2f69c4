"""The latencies of the last minute, stage by stage, and their quantiles."""

import math
from collections import defaultdict, deque
from collections.abc import Callable, Iterable
from typing import Final

from stream.schema.states import Quantiles

WINDOW_S: Final = 60.0
# Of one stage, however fast they come: a minute of 15 ms hops, the shortest that the configuration takes.
MOST_LATENCIES: Final = 4096


class RecentLatencies:
    """One bed's latencies; `clock` returns monotonic seconds."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        # Of each stage: when a latency was reported, and the latency, both in seconds.
        self._entries: defaultdict[str, deque[tuple[float, float]]] = defaultdict(lambda: deque(maxlen=MOST_LATENCIES))

    def add(self, stage: str, latencies_s: Iterable[float]) -> None:
        """Add what was reported just now of one stage."""
        now_s = self._clock()
        self._entries[stage].extend((now_s, latency_s) for latency_s in latencies_s)
        self._forget(now_s)

    def __len__(self) -> int:
        """Count the latencies that are kept, of all stages together."""
        return sum(map(len, self._entries.values()))

    def quantiles_ms(self) -> dict[str, Quantiles]:
        """Return the quantiles of every stage that has a latency in the window."""
        self._forget(self._clock())
        return {
            stage: _quantiles_ms([latency_s for _, latency_s in entries])
            for stage, entries in self._entries.items()
            if entries
        }

    def _forget(self, now_s: float) -> None:
        # Left until each stage's deque is full, they come to more than 2 MB a bed: the parent grows for an hour.
        for entries in self._entries.values():
            while entries and entries[0][0] < now_s - WINDOW_S:
                entries.popleft()


def _quantiles_ms(latencies_s: list[float]) -> Quantiles:
    ordered = sorted(latencies_s)
    p50, p95, p99 = (_quantile(ordered, share) * 1e3 for share in (0.5, 0.95, 0.99))
    return Quantiles(p50=p50, p95=p95, p99=p99)


def _quantile(ordered: list[float], share: float) -> float:
    """Interpolate linearly between the neighbours of a rank."""
    # As NumPy does; its own function loads a part of NumPy first, which takes 30 ms of the parent's loop.
    at = share * (len(ordered) - 1)
    below, above = ordered[math.floor(at)], ordered[math.ceil(at)]
    return below + (above - below) * (at - math.floor(at))
