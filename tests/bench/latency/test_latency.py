"""The bench on latency sums up what it observed."""

from typing import Any

import pytest

from bench.latency.__main__ import Observed, measured, spread, summary, table
from bench.latency.event_times import EventTimes
from bench.latency.place import MOSQUITTO
from stream.config.keys import Bed, Config, Frame, Infer
from stream.demo.truth import SeenEvent

CONFIG = Config(bed=[Bed(id="bed-1")])


def report(at_s: float, windows: dict[str, int], *, misses: int = 0, **latency_s: list[float]) -> dict[str, Any]:
    """Write a report of the detector."""
    return {
        "kind": "DetectReport",
        "at_s": at_s,
        "windows": windows,
        "latency_s": latency_s,
        "budget_misses": misses,
    }


def ied(lsl_s: float, ratio: float = 8.0) -> dict[str, Any]:
    """Write a discharge as the patient's process does."""
    return {"ied": {"sample": 0, "lsl_s": lsl_s, "ratio": ratio, "kind": "spike"}}


def event(peak_s: float, received_s: float) -> SeenEvent:
    """Return an event as the subscriber received it."""
    return SeenEvent({"lsl_time_s": peak_s, "latency_ms": {"total": 1.0}}, received_s)


def observed() -> Observed:
    """Observe from 100 to 110 s: one report before that, two whole ones, one with a window that was not scored."""
    observed = Observed()
    observed.add_report({"kind": "ReadyReport", "engine": "eager-fp32-cpu"})
    observed.add_report(report(99.0, {"signal": 8}, misses=3, infer=[9.0]))
    observed.add_report(report(100.0, {"scored": 8}, misses=1, infer=[9.0]))
    observed.add_report(report(101.0, {"scored": 8}, infer=[0.005], journal=[0.004], total=[0.02]))
    observed.add_report(report(110.0, {"scored": 7, "signal": 1}, misses=2, infer=[0.015], total=[0.3]))
    # One before the span, two that count, one too faint, and one that may still be undecided at the end.
    observed.add_lines([ied(90.0), ied(102.0), {"stage": {}}, ied(104.0, ratio=1.0), ied(105.0), ied(109.5)])
    return observed


def test_the_start_does_not_count() -> None:
    """Reports up to the first whole one are left out, and so are their misses."""
    found = summary(observed(), [], [], CONFIG)
    assert found["seconds"] == 10.0
    assert found["budget_misses"] == 2
    # Two figures, 5 and 15 ms: percentiles lie on the line between them, 5 + 0.95 * 10 = 14.5.
    assert found["latency_ms"]["infer"] == {"p50": 10.0, "p95": 14.5, "p99": 14.9, "max": 15.0, "n": 2}
    assert found["latency_ms"]["journal"]["n"] == 1
    assert found["latency_ms"]["publish"] == {"n": 0}
    assert found["engine"] == "eager-fp32-cpu"


def test_a_spike_is_late_from_its_true_peak() -> None:
    """Marked discharges inside the span; the event's own idea of its peak does not matter."""
    events = [event(102.05, 102.3), event(104.0, 104.2), event(105.0, 105.4), event(107.0, 107.2)]
    found = summary(observed(), events, [EventTimes(102.2, 102.298, 102.3), EventTimes(90.0, 90.1, 90.2)], CONFIG)
    # From 102.0 to 102.3 s and from 105.0 to 105.4 s: the median of 300 and 400 ms.
    assert found["spike_to_subscriber_ms"]["p50"] == pytest.approx(350.0)
    assert found["spike_to_subscriber_ms"]["n"] == 2
    assert not found["spike_to_subscriber_ms"]["reached"]
    assert found["discharges"] == {"marked": 2, "found": 2, "false": 1}
    assert found["latency_ms"]["publish"]["n"] == 1
    assert found["latency_ms"]["publish"]["max"] == pytest.approx(2.0)


def test_the_goal_stands_beside_the_figure() -> None:
    """That of the hop: 290 ms are in time at 125 ms, and late at 31.25 ms; rows without a figure are shown empty."""
    text = table(summary(observed(), [event(102.0, 102.29)], [], CONFIG))
    assert "goal, spike to MQTT p95 at most 300 ms: reached" in text
    shorter = CONFIG.model_copy(update={"frame": Frame(hop_ms=31.25)})
    assert "at most 200 ms: missed" in table(summary(observed(), [event(102.0, 102.29)], [], shorter))
    assert "later than the budget of 250 ms: 2" in text
    assert "publish (MQTT)" in text
    assert spread([]) == {"n": 0}


@pytest.mark.skipif(MOSQUITTO is None, reason="mosquitto is not installed")
def test_a_live_run_fills_every_row_that_needs_no_event() -> None:
    """The demo's patient, for two seconds: a stage's latency of every hop."""
    # 2 s hold 8 hops of 250 ms; one may lie across the edge.
    result = measured(2.0, Frame(hop_ms=250.0), Infer())
    rows = result["latency_ms"]
    assert all(rows[row]["n"] >= 7 for row in ("acquire", "condition", "frame", "infer", "merge", "total"))
    assert all(0 < rows[row]["p50"] < 5000 for row in ("acquire", "infer", "total"))
    assert result["hop_ms"] == 250.0
