"""How long calls take: seconds of each, and quantiles of many."""

import time
from collections.abc import Callable, Sequence

import numpy as np


def took_s(call: Callable[[], object], calls: int, warm: int = 0) -> list[float]:
    """Return the seconds of each call, after some that do not count."""
    for _ in range(warm):
        call()
    found = []
    for _ in range(calls):
        # Each by itself and not all together: quantiles need the time of every call.
        began_s = time.perf_counter()
        call()
        found.append(time.perf_counter() - began_s)
    return found


def quantiles_ms(seconds: Sequence[float]) -> dict[str, float]:
    """Return least, median, 99th percentile and largest in milliseconds."""
    ms = np.array(seconds) * 1e3
    shares = {"least": 0, "p50": 50, "p99": 99, "largest": 100}
    return {name: round(float(np.percentile(ms, share)), 3) for name, share in shares.items()}
