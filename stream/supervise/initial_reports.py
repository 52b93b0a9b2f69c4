"""What is known of a bed's processes before their first report, and of the detector once it has ended."""

import math

from stream.schema.reports import AcquireReport, DetectReport


def unknown_link(bed: str) -> AcquireReport:
    """Return the report of a bed whose stream is looked for, and from which nothing has come."""
    return AcquireReport(
        bed=bed,
        state="starting",
        reason="the stream is looked for",
        stream="",
        rate_hz=0.0,
        measured_rate_hz=0.0,
        samples=0,
        missing=0,
        reconnects=0,
        newest_arrival_s=math.nan,
        clock_offset_s=0.0,
    )


def unknown_detect(bed: str, pending: int = 0) -> DetectReport:
    """Return the report of a detector of which nothing is known but what it left undone."""
    return DetectReport(
        bed=bed,
        latency_s={},
        windows={},
        samples={},
        detections={},
        budget_misses=0,
        pending=pending,
        stage="unknown",
        alarms={},
        scored_s={},
        groups={},
        channels={},
    )
