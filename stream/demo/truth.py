"""What was found of what was put in. Pure: times are seconds on one clock, that of LSL.

The counting is that of `models.evaluation.events`: a marked discharge is found by an event within `MATCH_S` of its
peak; an event further than `FORGIVEN_S` from every discharge is false; one near a discharge too faint to be marked is
neither.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

import numpy as np
from numpy.typing import NDArray

MARKED_RATIO: Final = 3.0
"""Peak over the background's root mean square, from which on a reader would mark a discharge."""
MATCH_S: Final = 0.15
FORGIVEN_S: Final = 0.4
DECIDED_S: Final = 2.0
"""A discharge this recent may not be decided yet, and is not counted."""

Verdict = Literal["found", "faint", "false"]
Times = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class TrueIed:
    """A discharge that was put in: LSL time of its peak, how far it stands out, and its kind."""

    lsl_s: float
    ratio: float
    kind: str

    @property
    def marked(self) -> bool:
        """Whether a reader would mark it."""
        return self.ratio >= MARKED_RATIO


@dataclass(frozen=True, slots=True)
class SeenEvent:
    """An event as the journal holds it, and the LSL time at which it was first seen there."""

    payload: dict[str, Any]
    seen_s: float

    @property
    def lsl_s(self) -> float:
        """LSL time of its peak."""
        return float(self.payload["lsl_time_s"])

    @property
    def total_ms(self) -> float | None:
        """Arrival of the window's last sample to the event in the journal; None until the journal knows."""
        total: float | None = self.payload["latency_ms"]["total"]
        return total


@dataclass(frozen=True, slots=True)
class Span:
    """Peaks in [first_s, end_s) count."""

    first_s: float
    end_s: float

    def holds(self, times: Times) -> NDArray[np.bool_]:
        """Tell which times lie in it."""
        return (times >= self.first_s) & (times < self.end_s)


@dataclass(frozen=True, slots=True)
class DemoCounts:
    """Counts over a span: marked discharges and those found of them, events near faint ones, false events."""

    marked: int = 0
    found: int = 0
    faint: int = 0
    false: int = 0

    @property
    def missed(self) -> int:
        """Marked discharges without an event."""
        return self.marked - self.found

    @property
    def sensitivity(self) -> float | None:
        """Share of the marked discharges that were found; None if there were none."""
        return self.found / self.marked if self.marked else None


def tally(ieds: Sequence[TrueIed], events: Sequence[SeenEvent], span: Span) -> DemoCounts:
    """Count over a span; an event just outside it may find a discharge inside, and the other way round."""
    marked = _sorted([ied.lsl_s for ied in ieds if ied.marked])
    peaks = _sorted([event.lsl_s for event in events])
    counted = marked[span.holds(marked)]
    kinds = verdicts(ieds, [event for event in events if span.first_s <= event.lsl_s < span.end_s])
    return DemoCounts(
        marked=len(counted),
        found=int((distance(counted, peaks) <= MATCH_S).sum()),
        faint=kinds.count("faint"),
        false=kinds.count("false"),
    )


def verdicts(ieds: Sequence[TrueIed], events: Sequence[SeenEvent]) -> list[Verdict]:
    """Judge each event."""
    peaks = np.array([event.lsl_s for event in events])
    hits = distance(peaks, _sorted([ied.lsl_s for ied in ieds if ied.marked])) <= MATCH_S
    near = distance(peaks, _sorted([ied.lsl_s for ied in ieds])) <= FORGIVEN_S
    return ["found" if hit else "faint" if close else "false" for hit, close in zip(hits, near, strict=True)]


def missed(ieds: Sequence[TrueIed], events: Sequence[SeenEvent]) -> list[TrueIed]:
    """Give the marked discharges that no event found."""
    marked = [ied for ied in ieds if ied.marked]
    far = distance(np.array([ied.lsl_s for ied in marked]), _sorted([event.lsl_s for event in events])) > MATCH_S
    return [ied for ied, is_far in zip(marked, far, strict=True) if is_far]


def found_pairs(ieds: Sequence[TrueIed], events: Sequence[SeenEvent], span: Span) -> list[tuple[TrueIed, SeenEvent]]:
    """Pair each marked discharge of the span that was found with the event seen first of those that found it."""
    pairs = []
    for ied in ieds:
        if ied.marked and span.first_s <= ied.lsl_s < span.end_s:
            hits = [event for event in events if abs(event.lsl_s - ied.lsl_s) <= MATCH_S]
            pairs += [(ied, min(hits, key=lambda event: event.seen_s))] if hits else []
    return pairs


def distance(times: Times, to: Times) -> Times:
    """Give each time's distance to the nearest of `to`, which ascends; infinite where there is none."""
    padded = np.concatenate([[-np.inf], to, [np.inf]])
    after = np.searchsorted(padded, times)
    nearest: Times = np.minimum(padded[after] - times, times - padded[after - 1])
    return nearest


def _sorted(times: list[float]) -> Times:
    return np.sort(np.array(times, np.float64))
