"""What the soak says of memory and latency follows from what it saw."""

import math
import os

import pytest

from bench.soak import Look, judged, look, slope_mb_h, tenths


def grown(process: str, mb_h: float) -> list[Look]:
    """Look once a minute for two hours at a process that grows evenly, but for a leap at its start."""
    return [
        Look(60.0 * minute, process, round(1024 * (90 * (minute > 5) + mb_h * minute / 60)), 7, 3)
        for minute in range(120)
    ]


def test_the_slope_is_that_after_the_start() -> None:
    """A leap while everything is loaded is no growth; of one look there is no slope."""
    assert slope_mb_h(grown("parent", 2.0), 1800.0) == pytest.approx(2.0, abs=0.01)
    assert math.isnan(slope_mb_h(grown("parent", 2.0)[:1], 0.0))


def test_the_steepest_process_and_the_last_tenth_decide() -> None:
    """Half a MB an hour and 1.2 times the first p99 are the most."""
    p99 = [(60.0 * minute, 100.0 if minute < 100 else 120.0) for minute in range(120)]
    found = judged(grown("parent", 0.4) + grown("detect", 0.6), tenths(p99, 7200.0), 7200.0)
    assert found["processes"]["parent"]["slope_mb_h"] == pytest.approx(0.4, abs=0.01)
    assert found["p99"] == {"first_tenth_ms": 100.0, "last_tenth_ms": 120.0, "last_of_first": 1.2}
    assert found["met"] == {"slope": False, "p99": True}
    assert (found["processes"]["detect"]["descriptors"], found["processes"]["detect"]["threads"]) == ([7], [3])


def test_a_process_is_looked_at_as_the_kernel_has_it() -> None:
    """A test's own holds some memory of its own, and a descriptor and a thread at least."""
    seen = look(os.getpid(), "test", 1.0)
    assert seen.private_kb > 1000
    assert seen.descriptors >= 1
    assert seen.threads >= 1
