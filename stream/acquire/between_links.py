"""What was lost between two links to one sender: by its stamps, or where its clock was set, by the arrivals."""

import math
from dataclasses import dataclass
from typing import Final

from stream.logbook.samplelog import SampleLogWriter

SAME_LOSS_S: Final = 10.0
"""How far stamps and arrivals may disagree on what was lost: a network's delay, or a late start."""


@dataclass(frozen=True, slots=True)
class Expected:
    """When the next sample is due, by stamp and by arrival; `stamped`: the stamps are no arrivals themselves."""

    stamp_s: float
    arrival_s: float
    stamped: bool = True


def samples_lost(
    expected: Expected, length: int, stamp_s: float, arrival_s: float, rate_hz: float
) -> tuple[int, float]:
    """Count what was lost between two links to the same sender, and find by how far its clock was set meanwhile (s).

    Of the first chunk's `length` samples the newest is stamped `stamp_s` (this host's clock; NaN if unknown) and came
    at `arrival_s`.
    """
    behind_s = (length - 1) / rate_hz
    by_stamp_s, by_arrival_s = stamp_s - behind_s - expected.stamp_s, arrival_s - behind_s - expected.arrival_s
    # A new link has no backlog, so both tell the same, the stamps without the delays of the network.
    agree = abs(by_stamp_s - by_arrival_s) <= SAME_LOSS_S
    lost_s = by_stamp_s if agree else by_arrival_s
    stepped = expected.stamped and not agree and not math.isnan(stamp_s)
    return max(0, round(lost_s * rate_hz)), by_stamp_s - by_arrival_s if stepped else 0.0


def expected_after(log: SampleLogWriter) -> Expected | None:
    """Return when the sample after a resumed log's newest was due, None for a new log."""
    newest = log.newest
    if newest.end == 0:
        return None
    step_s = 1 / log.source.rate_hz
    # A gap at the end has no LSL time.
    lsl_s = newest.arrival_s if math.isnan(newest.lsl_s) else newest.lsl_s
    return Expected(lsl_s + step_s, newest.arrival_s + step_s)
