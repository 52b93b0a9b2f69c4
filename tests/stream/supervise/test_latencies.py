"""Latencies of the last minute: exact quantiles, bounded memory."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stream.supervise.latencies import MOST_LATENCIES, WINDOW_S, RecentLatencies
from tests.stream.hand_clock import HandClock


@pytest.fixture
def clock() -> HandClock:
    """Start at 1000 s."""
    return HandClock()


@pytest.fixture
def latencies(clock: HandClock) -> RecentLatencies:
    """Begin with none."""
    return RecentLatencies(clock)


def test_quantiles_are_exact(latencies: RecentLatencies) -> None:
    """Of 1 to 101 ms: the 51st, the 96th and the 100th; a stage without a latency is left out."""
    # Falling, so that quantiles must sort; p99 has rank 1 + 0.99 * 100 = 100.
    latencies.add("total", [k / 1e3 for k in range(101, 0, -1)])
    latencies.add("journal", [])
    quantiles = latencies.quantiles_ms()
    assert list(quantiles) == ["total"]
    total = quantiles["total"]
    assert (total.p50, total.p95, total.p99) == pytest.approx((51.0, 96.0, 100.0))


@given(st.lists(st.floats(0, 10), min_size=1, max_size=300))
def test_quantiles_are_those_of_numpy(latencies_s: list[float]) -> None:
    """Between two latencies they lie on the line."""
    latencies = RecentLatencies(HandClock())
    latencies.add("total", latencies_s)
    found = latencies.quantiles_ms()["total"]
    expected = 1e3 * np.quantile(latencies_s, (0.5, 0.95, 0.99))
    # NumPy interpolates from the nearer end: the last digits may differ.
    assert (found.p50, found.p95, found.p99) == pytest.approx(tuple(expected), rel=1e-9, abs=1e-9)


def test_only_the_last_minute_counts(latencies: RecentLatencies, clock: HandClock) -> None:
    """What was reported before does not, however slow it was."""
    latencies.add("total", [9.0])
    clock.now_s += 1.0
    latencies.add("total", [0.05])
    # 9000 - 0.01 * 8950 = 8910 ms.
    assert latencies.quantiles_ms()["total"].p99 > 8000
    clock.now_s += WINDOW_S
    assert latencies.quantiles_ms()["total"].p99 == pytest.approx(50.0)
    clock.now_s += 0.1
    assert latencies.quantiles_ms() == {}


def test_the_memory_is_bounded(latencies: RecentLatencies) -> None:
    """A flood of reports keeps the newest."""
    latencies.add("total", [9.0] * 100 + [0.05] * MOST_LATENCIES)
    assert latencies.quantiles_ms()["total"].p99 == pytest.approx(50.0)


def test_an_hour_takes_no_more_memory_than_a_minute(latencies: RecentLatencies, clock: HandClock) -> None:
    """At 8 hops a second 8 * 61 of a stage are kept; one that is not reported any more is forgotten as well."""
    latencies.add("journal", [0.05] * 100)
    for _ in range(3600):
        latencies.add("total", [0.05] * 8)
        clock.now_s += 1.0
    assert len(latencies) == 8 * (WINDOW_S + 1)
