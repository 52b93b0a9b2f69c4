"""The demo in figures: the JSON object of `spikewatch demo --json`."""

import os
import platform
from pathlib import Path
from typing import Any

import numpy as np

from stream.demo.scrape import Histogram
from stream.demo.truth import DECIDED_S
from stream.demo.watched import Watched

# Keys that programs read, and that bench/results/demo.json keeps: a changed name is a changed contract.
Figures = dict[str, Any]


def summary(watched: Watched, now_s: float) -> Figures:
    """Sum up what was watched.

    Discharges count that are marked (`stream.demo.truth.MARKED_RATIO`) and whose peak lies after the journal first
    said that samples were analysed, and not in the last `DECIDED_S`; `counted_s` is how long that is. `faint` counts
    events near discharges too faint to be marked, which are neither found nor false. `latency_ms.windows` covers every
    scored window, interpolated between the edges of the metrics' histogram, its `max` being the upper edge of the
    highest bucket that holds one; `latency_ms.events` is exact. `spike_to_event_ms` runs from the true peak to the
    event seen in the journal, which is looked at every 20 ms.

    The stream is bound before the detector has loaded its models, so the first windows wait for it and miss the budget.
    They count in `latency_ms.windows` and `budget_misses`; `latency_ms.windows_after_start` leaves out all up to the
    first scrape after settling, and `budget_misses_at_start` is how many misses that scrape had.
    """
    # Both from one instant: a count and the time it is divided by must cover the same span.
    counts = watched.counts(now_s)
    span = watched.span(now_s)
    counted_s = max(0.0, span.end_s - span.first_s)
    return {
        "seconds": _rounded(now_s - watched.began_s, 1),
        "counted_s": _rounded(counted_s, 1),
        "ieds": counts.marked,
        "found": counts.found,
        "missed": counts.missed,
        "sensitivity": _rounded(counts.sensitivity, 3),
        "false_positives": counts.false,
        "false_positives_per_min": _rounded(60 * counts.false / counted_s if counted_s else None, 3),
        "faint": counts.faint,
        **_timing(watched, now_s),
        "stage_agreement": _rounded(watched.stage_agreement, 3),
        "startup_s": _since(watched, watched.settled_s),
        "first_detection_s": _since(watched, watched.events[0].seen_s if watched.events else None),
        "undecided_s": DECIDED_S,
        "machine": machine(),
    }


def _timing(watched: Watched, now_s: float) -> Figures:
    return {
        "latency_ms": {
            "windows": windows_ms(watched.latency("total")),
            "windows_after_start": windows_ms(watched.latency_after_start("total")),
            "events": events_ms(watched),
        },
        "budget_ms": _rounded(None if watched.budget_s is None else watched.budget_s * 1e3, 3),
        "budget_misses": watched.budget_misses,
        "budget_misses_at_start": watched.budget_misses_at_start,
        "windows": _counts(watched.scrape.by("spikewatch_windows_total", "result")),
        "samples": _counts(watched.scrape.by("spikewatch_samples_total", "fate")),
        "spike_to_event_ms": _quantiles(
            [(event.seen_s - ied.lsl_s) * 1e3 for ied, event in watched.pairs(now_s)], (50, 95)
        ),
    }


def windows_ms(histogram: Histogram) -> Figures:
    """Return quantiles of the windows' total latency, estimated from their histogram."""
    quantiles = {f"p{percent}": _ms(histogram.quantile(percent / 100)) for percent in (50, 95, 99)}
    method = "interpolated between histogram edges; max is the highest edge reached"
    return {**quantiles, "max": _ms(histogram.highest_edge), "n": histogram.count, "method": method}


def events_ms(watched: Watched) -> Figures:
    """Return exact quantiles of the events' total latency."""
    totals = [event.total_ms for event in watched.events if event.total_ms is not None]
    quantiles = _quantiles(totals, (50, 95, 99))
    return {**quantiles, "max": _rounded(max(totals, default=None), 2), "n": len(totals), "method": "exact"}


def machine() -> Figures:
    """Return this machine's processor and its number of cores."""
    return {"cpu": _cpu(), "cores": os.cpu_count()}


def _cpu() -> str:
    try:
        # platform.processor() is empty on most Linux systems.
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor()


def _quantiles(values: list[float], percents: tuple[int, ...]) -> dict[str, float | None]:
    # None, not 0, where nothing was measured: a program must not take silence for speed.
    return {f"p{p}": _rounded(float(np.percentile(values, p)) if values else None, 2) for p in percents}


def _counts(values: dict[str, float]) -> dict[str, int]:
    return {name: int(value) for name, value in values.items()}


def _since(watched: Watched, instant_s: float | None) -> float | None:
    return _rounded(None if instant_s is None else instant_s - watched.began_s, 2)


def _ms(seconds: float | None) -> float | None:
    return _rounded(None if seconds is None else seconds * 1e3, 2)


def _rounded(value: float | None, digits: int) -> float | None:
    return None if value is None else round(value, digits)
