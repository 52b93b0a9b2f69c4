"""Outages of a live ward, and how long each of them lasts: the detector's, everything's, a sender's."""

import os
import signal
import time
from typing import Any, Final

from bench.latency.listener import Listener
from bench.ward import books
from bench.ward.live import Ward, end, until
from stream.errors import RecordError
from stream.logbook.samplelog import SampleLogReader, ring_path

GOES_ON_WITHIN_S: Final = 120.0
SETTLES_S: Final = 15.0
"""Between two outages, so that the second finds a ward at rest."""
HELD_S: Final = 60.0
WAITS_S: Final = 1.0
"""A backlog is cleared when less waits."""
LOST: Final = ("missing", "shed")


def head(ward: Ward, bed: str) -> int:
    """Return the index just past a bed's newest sample, 0 while there is no ring."""
    try:
        return SampleLogReader.open(ring_path(ward.place.config, bed)).head
    except RecordError:
        return 0


def analysed(ward: Ward, bed: str) -> int:
    """Return the index just past the newest sample that was analysed, by the journal."""
    query = "SELECT coalesce(max(\"end\"), 0) FROM coverage WHERE bed = ? AND fate = 'analysed'"
    return int(books.rows(ward, query, bed)[0][0])


def detector_killed(ward: Ward) -> tuple[float, int]:
    """Kill the detector; return how long until every bed has something new analysed (s), and the samples lost."""
    time.sleep(SETTLES_S)
    before = _lost(ward)
    heads = {bed: head(ward, bed) for bed in ward.beds}
    os.kill(ward.detector(), signal.SIGKILL)
    took_s = _until_past(ward, heads)
    return took_s, _lost(ward) - before


def tree_killed(ward: Ward) -> float:
    """Kill `run`, with which its children end, and start it again; return how long until every bed is analysed (s)."""
    time.sleep(SETTLES_S)
    end(ward.running, signal.SIGKILL)
    heads = {bed: head(ward, bed) for bed in ward.beds}
    ward.start_run()
    return _until_past(ward, heads)


def backlog(ward: Ward, listener: Listener) -> dict[str, Any]:
    """Stop a bed's sender for HELD_S and let it go on; return how long its backlog waited, and what became of it."""
    time.sleep(SETTLES_S)
    bed, rate_hz = ward.beds[0], 256.0
    before, at = _lost(ward), head(ward, bed)
    ward.senders[bed].send_signal(signal.SIGSTOP)
    time.sleep(HELD_S)
    first = len(listener.messages)
    ward.senders[bed].send_signal(signal.SIGCONT)
    # Most of it has come before it can have been cleared.
    until(lambda: head(ward, bed) > at + 0.9 * HELD_S * rate_hz, GOES_ON_WITHIN_S, "the backlog has come")
    came = time.monotonic()
    until(lambda: head(ward, bed) - analysed(ward, bed) < WAITS_S * rate_hz, GOES_ON_WITHIN_S, "nothing waits")
    cleared_s = time.monotonic() - came
    events = [message.payload for message in listener.messages[first:] if message.topic.endswith(f"{bed}/event/ied")]
    peaks = [event["sample"] for event in events]
    return {
        "held_s": HELD_S,
        "cleared_s": round(cleared_s, 2),
        "events": len(events),
        "late": sum("late" in event["flags"] for event in events),
        "in_order": peaks == sorted(peaks),
        "samples_lost": _lost(ward) - before,
    }


def _until_past(ward: Ward, heads: dict[str, int]) -> float:
    return round(
        until(
            lambda: all(analysed(ward, bed) > heads[bed] for bed in ward.beds), GOES_ON_WITHIN_S, "beds are analysed"
        ),
        2,
    )


def _lost(ward: Ward) -> int:
    fates = [books.fates(ward, bed) for bed in ward.beds]
    return sum(of_bed.get(fate, 0) for of_bed in fates for fate in LOST)
