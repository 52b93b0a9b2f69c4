"""What the live part of the bench of triggers makes of markers that came."""

from typing import Any

from bench.trigger_live import summed


def test_times_are_counted_from_peak_newest_sample_and_sending() -> None:
    """Of triggers alone: a retraction is counted, and not timed."""
    marker: dict[str, Any] = {"kind": "provisional", "sample_age_ms": 100.0, "newest_age_ms": 30.0}
    received = [(10.102, 10.0, marker), (20.302, 20.2, marker), (11.6, 10.0, {"kind": "retracted"})]
    found = summed(received, [(10.0, 7.0), (15.0, 6.0)])
    assert found["put_in"] == 2
    assert found["clear"] == {"put_in": 2, "marked": 1}
    assert found["clear_peak_to_inlet_ms"]["n"] == found["of_no_discharge"] == 1
    assert found["markers"] == {"provisional": 2, "retracted": 1}
    # The marker at 20.2 s is no discharge's.
    assert found["peak_to_inlet_ms"] == {"p50": 102.0, "p95": 102.0, "jitter": 0.0, "n": 1}
    assert found["sending_to_inlet_ms"] == {"p50": 2.0, "p95": 2.0, "jitter": 0.0, "n": 2}
    assert found["newest_sample_to_inlet_ms"]["p50"] == 32.0
    assert summed([], [])["peak_to_inlet_ms"] == {"n": 0}
