"""Payloads, scrapes and a whole `Watched`, written by hand for the tests of the demo."""

from typing import Any

from stream.demo.scrape import parse
from stream.demo.watched import Watched

PAGE = """# HELP spikewatch_latency_seconds From the arrival of a window's last sample.
# TYPE spikewatch_latency_seconds histogram
spikewatch_latency_seconds_bucket{bed="bed-1",le="0.01",stage="total"} 40.0
spikewatch_latency_seconds_bucket{bed="bed-1",le="0.025",stage="total"} 90.0
spikewatch_latency_seconds_bucket{bed="bed-1",le="0.25",stage="total"} 100.0
spikewatch_latency_seconds_bucket{bed="bed-1",le="+Inf",stage="total"} 100.0
spikewatch_latency_seconds_count{bed="bed-1",stage="total"} 100.0
spikewatch_latency_seconds_bucket{bed="bed-1",le="0.01",stage="infer"} 0.0
spikewatch_latency_seconds_bucket{bed="bed-1",le="0.025",stage="infer"} 0.0
spikewatch_latency_seconds_bucket{bed="bed-1",le="+Inf",stage="infer"} 4.0
spikewatch_samples_total{bed="bed-1",fate="analysed"} 12800.0
spikewatch_samples_total{bed="bed-1",fate="rejected"} 3.0
spikewatch_windows_total{bed="bed-1",result="scored"} 2000.0
spikewatch_sleep_stage{bed="bed-1",stage="N2"} 1.0
spikewatch_sleep_stage{bed="bed-1",stage="unknown"} 0.0
spikewatch_data_age_seconds{bed="bed-1"} 0.32
spikewatch_budget_seconds 0.25
spikewatch_budget_misses_total{bed="bed-1"} 1.0
spikewatch_mqtt_connected 1.0
"""


def payload(name: str, lsl_s: float, total_ms: float | None = 12.0) -> dict[str, Any]:
    """Write an event as the journal holds it, as far as the demo reads it."""
    return {
        "id": name,
        "lsl_time_s": lsl_s,
        "utc": "2026-11-21T02:00:00+00:00",
        "peak_channel": "F7-T7",
        "probability": 0.97,
        "amplitude_uv": 123.4,
        "polarity": "negative",
        "latency_ms": {"total": total_ms},
    }


def ied(lsl_s: float, ratio: float = 8.0) -> dict[str, Any]:
    """Write a discharge as the patient reports it."""
    return {"ied": {"sample": round(256 * lsl_s), "lsl_s": lsl_s, "ratio": ratio, "kind": "spike"}}


def a_minute() -> Watched:
    """Return what is known after 60 s that began at 100 and settled at 105.

    One discharge is found, one is missed; one event lies near a faint discharge, one is false.
    """
    watched = Watched(began_s=100.0)
    watched.observe_line({"stage": {"name": "N2", "sample": 0, "lsl_s": 100.0}})
    for line in (ied(104.0), ied(110.0), ied(120.0), ied(130.0, ratio=2.0), ied(159.0)):
        watched.observe_line(line)
    # Three polls: nothing analysed yet, the first samples, and later ones that must not move the start.
    watched.observe_analysed(0, 103.0)
    watched.observe_analysed(512, 105.0)
    watched.observe_analysed(1024, 106.0)
    # a: 20 ms from the discharge at 110. b: beside the faint one at 130. c: far from all of them.
    watched.observe_events([payload("a", 110.02)], 110.27)
    watched.observe_events([payload("b", 130.1, total_ms=None)], 130.3)
    watched.observe_events([payload("b", 130.1, total_ms=20.0), payload("c", 150.0, total_ms=16.0)], 150.4)
    watched.observe_scrape(parse(PAGE))
    return watched
