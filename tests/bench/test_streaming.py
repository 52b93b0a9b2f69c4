"""Two detectors are compared at equal false alarms, patient by patient."""

import pytest

from bench.streaming import compared
from models.evaluation.events import THRESHOLDS, EventCounts, Subject, Timing


def person(name: str, found: dict[float, int], alarms: dict[float, int]) -> Subject:
    """Make someone of one hour with ten discharges."""
    counts = {
        t: EventCounts(found=found.get(t, 0), marked=10, clear_found=0, clear=0, alarms=alarms.get(t, 0), minutes=60.0)
        for t in THRESHOLDS
    }
    return Subject(name, counts, dict.fromkeys(THRESHOLDS, Timing((1.0,), (300.0,))))


# 100 in an hour is far above the limit of 6 used below: under 0.5 no threshold can be chosen.
NOISY = dict.fromkeys([t for t in THRESHOLDS if t < 0.5], 100)


def test_each_has_the_lowest_threshold_that_keeps_to_the_limit() -> None:
    """Every patient of the second finds two of ten more: the difference is 0.2, whoever is drawn."""
    first = [person(f"p{k}", {0.5: 4}, NOISY) for k in range(5)]
    second = [person(f"p{k}", {0.6: 6}, {**NOISY, 0.5: 100, 0.55: 100}) for k in range(5)]
    found = compared(first, second, 6.0)
    assert (found["sc"]["threshold"], found["sc_stream"]["threshold"]) == (0.5, 0.6)
    assert found["stream_minus_sc"] == pytest.approx({"value": 0.2, "low": 0.2, "high": 0.2, "subjects": 5})
    assert found["sc"]["latency_ms"]["median"] == 300.0


def test_what_never_keeps_to_the_limit_is_taken_at_the_highest_threshold() -> None:
    """Its alarms are told beside."""
    loud = [person("p", {}, dict.fromkeys(THRESHOLDS, 100)) for _ in range(2)]
    found = compared(loud, loud, 6.0)
    assert found["sc"]["threshold"] == THRESHOLDS[-1]
    assert found["sc"]["alarms_per_h"] == 100.0
