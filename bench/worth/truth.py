"""What is known of a recording: discharges laid on it, or an expert's marks; and what events are by it."""

from dataclasses import dataclass
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

from bench.worth.contract import Found, Seconds
from models.evaluation.events import EventCounts
from models.evaluation.matching import FORGIVEN_S, MARKED_RATIO, MATCH_S, is_false_alarm, match
from models.evaluation.simulated import CLEAR_RATIO
from models.signal.conditioning import MODEL_RATE_HZ
from models.signal.window_geometry import WINDOW_SAMPLES
from models.simulate.windows import Track

EDGE_S: Final = WINDOW_SAMPLES / 2 / MODEL_RATE_HZ
"""Discharges so near to an end of what a detector looked at do not count: `evaluate --simulated` has the same rule."""
ROUNDING_S: Final = 1e-6


class Truth(Protocol):
    """What is known of one recording."""

    def counts(self, found: Found, threshold: float) -> EventCounts:
        """Count what a detector found at a threshold."""
        ...


@dataclass(frozen=True, slots=True)
class LaidOn:
    """Discharges that were laid on a recording: where (n,) they peak, and which a reader would mark, and not overlook.

    Events are counted as in `models.evaluation.simulated`.
    """

    peaks_s: Seconds
    marked: NDArray[np.bool_]
    clear: NDArray[np.bool_]

    def counts(self, found: Found, threshold: float) -> EventCounts:
        """Count what a detector found at a threshold."""
        peaks_s = found.peaks_s(threshold)
        early, late = found.from_s + EDGE_S - ROUNDING_S, found.until_s - EDGE_S + ROUNDING_S
        inside = (self.peaks_s >= early) & (self.peaks_s <= late)
        # Only marked discharges are matched: a faint one nearby must not take the event of one that would be marked.
        marked = np.flatnonzero(self.marked & inside)
        which, _ = match(self.peaks_s[marked], peaks_s)
        return EventCounts(
            found=len(which),
            marked=len(marked),
            clear_found=int(self.clear[marked[which]].sum()),
            clear=int((self.clear & inside).sum()),
            alarms=int(is_false_alarm(self.peaks_s, peaks_s).sum()),
            minutes=found.minutes,
        )


def laid_on(track: Track, delay_s: float) -> LaidOn:
    """Return what was laid on a simulated recording."""
    best = track.visible.max(axis=0) if track.visible.size else np.zeros(0)
    half = WINDOW_SAMPLES // 2
    # Where the signal is not valid, no detector is to blame.
    fit = np.array([bool(track.valid[:, max(0, at - half) : at + half].all()) for at in track.peaks.tolist()], bool)
    return LaidOn(track.peaks / MODEL_RATE_HZ - delay_s, fit & (best >= MARKED_RATIO), fit & (best >= CLEAR_RATIO))


@dataclass(frozen=True, slots=True)
class Marked:
    """An expert's marks: `spans_s` (n, 2), in order of time and apart from each other; an instant begins where it ends.

    `judged_s` (k, 2) is what the expert read: what lies elsewhere is neither found nor false.
    """

    spans_s: Seconds
    judged_s: Seconds

    def counts(self, found: Found, threshold: float) -> EventCounts:
        """Count what a detector found: an event finds the nearest mark, within MATCH_S; false ones are further away."""
        peaks_s = found.peaks_s(threshold)
        apart_s = _apart(self.spans_s, peaks_s)
        nearest, distance_s = apart_s.argmin(axis=1), apart_s.min(axis=1, initial=np.inf)
        read = (_apart(self.judged_s, peaks_s) == 0).any(axis=1)
        share = float(np.diff(self.judged_s).sum()) / 60
        return EventCounts(
            found=len(np.unique(nearest[distance_s <= MATCH_S])),
            marked=len(self.spans_s),
            alarms=int((read & (distance_s > FORGIVEN_S)).sum()),
            # A detector that judged all of it judged all that was read.
            minutes=min(share, found.minutes),
        )


def _apart(spans_s: Seconds, times_s: Seconds) -> Seconds:
    """Return how far each time lies from each span: (times, spans), 0 inside; one column at infinity for no spans."""
    if not len(spans_s):
        return np.full((len(times_s), 1), np.inf)
    early, late = spans_s[:, 0] - times_s[:, None], times_s[:, None] - spans_s[:, 1]
    apart: Seconds = np.maximum(np.maximum(early, late), 0.0)
    return apart


def joined(spans_s: Seconds, within_s: float) -> Seconds:
    """Return spans (n, 2) with those joined that lie nearer to each other: marks of one discharge on many channels."""
    whole: list[list[float]] = []
    for begin_s, end_s in sorted(map(tuple, spans_s.tolist())):
        if whole and begin_s - whole[-1][1] <= within_s:
            whole[-1][1] = max(whole[-1][1], end_s)
        else:
            whole.append([begin_s, end_s])
    return np.array(whole, np.float64).reshape(-1, 2)
