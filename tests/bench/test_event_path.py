"""bench.event_path: every rule judges the same sightings, and is counted against the same truth."""

from dataclasses import replace

import numpy as np
import pytest

from bench.event_path import compared, formers
from models.detection.sightings import Sighting
from models.evaluation.forming import Scored
from models.simulate.truth import Ied, Simulated, StageSpan
from models.simulate.windows import Track

PEAK = 640
ENDS = tuple(range(192, 1281, 16))


def track() -> Track:
    """Return ten seconds at 128 Hz with one discharge, five times its background, and a filter's delay of 8 samples."""
    samples = np.zeros((1, 5, 1280), np.float32)
    ied = Ied(PEAK - 8, PEAK - 10, PEAK, "spike", 50.0, 5.0, "Fp1", np.ones(1, np.float32), 0, run=False)
    simulated = Simulated(samples[0], samples[0], 128.0, ("Fp1",), 0, (ied,), (), (StageSpan("W", 0, 1280),))
    one = np.full((1, 1), 5.0)
    return Track(samples, np.ones((1, 1280), np.bool_), ("left",), np.array([PEAK]), one, one, simulated)


def scored(probability: float) -> Scored:
    """Return sightings of the discharge in every window that holds it, and of nothing in one other window."""
    at = Sighting("left", 0, probability, PEAK, 0, (0,), -50.0, PEAK - 2, PEAK + 2)
    seen = {end: [replace(at, end=end)] * (PEAK + 8 <= end < PEAK + 150) for end in ENDS}
    # Once, 200 samples (1.6 s) ahead of the discharge: false, if anything is made of it.
    seen[448] = [replace(at, end=448, peak=430)]
    return Scored(seen, ENDS, 1.0)


# Windows that show it end 16 and 32 samples behind its peak; 8 more are the filter's delay.
@pytest.mark.parametrize(
    ("probability", "rule", "latency_ms", "false"),
    [
        (0.6, "waiting", 1e3 * 40 / 128, 0),
        (0.6, "0", 1e3 * 24 / 128, 1),
        (0.6, "0.5", 1e3 * 40 / 128, 0),
        (0.9, "waiting", 1e3 * 40 / 128, 0),
        (0.9, "0.5", 1e3 * 24 / 128, 1),
    ],
)
def test_a_rule_is_as_soon_and_as_often_mistaken_as_it_lets_windows_speak(
    probability: float, rule: str, latency_ms: float, false: int
) -> None:
    """The discharge is found by each; a single window elsewhere is an event where one window is enough."""
    rows = {row["rule"]: row for row in compared([("demo", "one", track())], lambda _track: scored(probability), 0.5)}
    assert list(rows) == list(formers(0.5))
    row = rows[rule]
    assert (row["marked"], row["found"], row["false"]) == (1, 1, false)
    assert row["latency_ms"] == [round(latency_ms, 1)] * 2
    assert row["error_ms"] == [0.0, 0.0]
