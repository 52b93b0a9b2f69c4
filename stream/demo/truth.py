"""Which of the simulated discharges were found. Pure: times are seconds on one clock, that of LSL.

The counting is that of `models.evaluation.matching`: a marked discharge is found by at most one event within `MATCH_S`
of its peak, and an event finds at most one; an event further than `FORGIVEN_S` from every discharge is false; one near
a discharge too faint to be marked is neither.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

import numpy as np
from numpy.typing import NDArray

from models.evaluation.matching import MARKED_RATIO, MATCH_S, distance_s, is_false_alarm, match

DECIDED_S: Final = 2.0
"""A discharge this recent may not be decided yet, and is not counted."""

Outcome = Literal["found", "faint", "false"]
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
        """Return which times (n,) lie in it."""
        # Half open, so that two spans in a row count each peak once.
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


def count_matches(ieds: Sequence[TrueIed], events: Sequence[SeenEvent], span: Span) -> DemoCounts:
    """Count over a span; an event just outside it may find a discharge inside, and the other way round."""
    # Each event is looked at beside all discharges, also those outside the span: at its edge a partner may lie outside.
    kinds = classify(ieds, [event for event in events if span.first_s <= event.lsl_s < span.end_s])
    return DemoCounts(
        marked=int(span.holds(np.array([ied.lsl_s for ied in ieds if ied.marked])).sum()),
        found=len(found_pairs(ieds, events, span)),
        faint=kinds.count("faint"),
        false=kinds.count("false"),
    )


def classify(ieds: Sequence[TrueIed], events: Sequence[SeenEvent]) -> list[Outcome]:
    """Return of each event whether it found a marked discharge, lies beside a faint one, or is false."""
    peaks = [event.lsl_s for event in events]
    hits = distance_s(peaks, [ied.lsl_s for ied in ieds if ied.marked]) <= MATCH_S
    false = is_false_alarm([ied.lsl_s for ied in ieds], peaks)
    return ["found" if hit else "false" if far else "faint" for hit, far in zip(hits, false, strict=True)]


def missed(ieds: Sequence[TrueIed], events: Sequence[SeenEvent]) -> list[TrueIed]:
    """Return the marked discharges that no event found."""
    # Compared by identity: two discharges may be equal in every field that is kept.
    found = {id(ied) for ied, _ in _pairs(ieds, events)}
    return [ied for ied in ieds if ied.marked and id(ied) not in found]


def found_pairs(ieds: Sequence[TrueIed], events: Sequence[SeenEvent], span: Span) -> list[tuple[TrueIed, SeenEvent]]:
    """Return each marked discharge of the span that was found, with the event that found it."""
    return [(ied, event) for ied, event in _pairs(ieds, events) if span.first_s <= ied.lsl_s < span.end_s]


def _pairs(ieds: Sequence[TrueIed], events: Sequence[SeenEvent]) -> list[tuple[TrueIed, SeenEvent]]:
    marked = [ied for ied in ieds if ied.marked]
    found, by = match([ied.lsl_s for ied in marked], [event.lsl_s for event in events])
    return [(marked[at], events[event]) for at, event in zip(found, by, strict=True)]
