"""Events against marked discharges: found, missed, false, how far off and how late; by subject, with intervals.

An event finds at most one marked discharge, within MATCH_S of its peak; one further than FORGIVEN_S from every
discharge is a false alarm; between the two it is neither (`models.evaluation.matching`). Simulated patients
(`models.evaluation.simulated`) and recordings through the live stages are counted alike.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from models.evaluation.bootstrap import LEVEL, Estimate, counted, ratio
from models.evaluation.matching import is_false_alarm, match

# A round grid, so that tables of two models have the same rows.
THRESHOLDS: Final = (
    0.02, 0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.55, 0.6, 0.65,
    0.7, 0.75, 0.8, 0.85, 0.9, 0.95, 0.98, 0.99, 0.995,
)  # fmt: skip
"""Thresholds of operating tables: closer together where false alarms are few."""

ALARMS: Final = "false alarms per hour"

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class EventCounts:
    """Counts over several recordings; `clear` discharges are among the `marked`."""

    found: int = 0
    marked: int = 0
    clear_found: int = 0
    clear: int = 0
    alarms: int = 0
    minutes: float = 0.0

    def __add__(self, other: "EventCounts") -> "EventCounts":
        return EventCounts(
            self.found + other.found,
            self.marked + other.marked,
            self.clear_found + other.clear_found,
            self.clear + other.clear,
            self.alarms + other.alarms,
            self.minutes + other.minutes,
        )

    @property
    def sensitivity(self) -> float:
        """Share of marked discharges that were found."""
        return self.found / self.marked if self.marked else float("nan")

    @property
    def clear_sensitivity(self) -> float:
        """Share of clear discharges that were found."""
        return self.clear_found / self.clear if self.clear else float("nan")

    @property
    def alarms_per_min(self) -> float:
        """False alarms a minute."""
        return self.alarms / self.minutes if self.minutes else float("nan")

    @property
    def alarms_per_h(self) -> float:
        """False alarms an hour."""
        return 60 * self.alarms_per_min


@dataclass(frozen=True, slots=True)
class Timing:
    """Of each discharge that was found: how far off its event was, and how late.

    `errors_ms` (n,): event's peak minus the discharge's. `latencies_ms` (n,): from the discharge's peak until the
    last sample came that the event needed; filters, window and settling are in it, computing is not.
    """

    errors_ms: tuple[float, ...] = ()
    latencies_ms: tuple[float, ...] = ()

    def __add__(self, other: "Timing") -> "Timing":
        return Timing(self.errors_ms + other.errors_ms, self.latencies_ms + other.latencies_ms)


@dataclass(frozen=True, slots=True)
class Subject:
    """What was found in one person's recordings, by threshold."""

    name: str
    counts: Mapping[float, EventCounts]
    timings: Mapping[float, Timing]


@dataclass(frozen=True, slots=True)
class Spread:
    """Middle and far end of a distribution, over `count` values; NaN where there is none."""

    count: int
    median: float
    p95: float


def compare(marks_s: ArrayLike, peaks_s: ArrayLike, decided_s: ArrayLike, minutes: float) -> tuple[EventCounts, Timing]:
    """Compare events with an expert's marks.

    Parameters
    ----------
    marks_s
        (m,) seconds into the recording.
    peaks_s, decided_s
        (n,) where each event peaks, and the last sample it needed.
    minutes
        How much of the recording was analysed.
    """
    marks, peaks, decided = (np.asarray(times, np.float64) for times in (marks_s, peaks_s, decided_s))
    found, by = match(marks, peaks)
    errors_ms = 1000 * (peaks[by] - marks[found])
    latencies_ms = 1000 * (decided[by] - marks[found])
    # Against all marks, matched or not: a second event on a discharge is no false alarm.
    alarms = int(is_false_alarm(marks, peaks).sum())
    counts = EventCounts(found=len(found), marked=len(marks), alarms=alarms, minutes=minutes)
    return counts, Timing(tuple(errors_ms.tolist()), tuple(latencies_ms.tolist()))


def merged(name: str, recordings: Sequence[Subject]) -> Subject:
    """Join several recordings of one person."""
    thresholds = tuple(recordings[0].counts)
    return Subject(
        name,
        {threshold: total(recordings, threshold) for threshold in thresholds},
        {threshold: sum((one.timings[threshold] for one in recordings), Timing()) for threshold in thresholds},
    )


def total(subjects: Iterable[Subject], threshold: float) -> EventCounts:
    """Return the sum of all subjects' counts at a threshold."""
    return sum((subject.counts[threshold] for subject in subjects), EventCounts())


def estimates(subjects: Sequence[Subject], threshold: float) -> dict[str, Estimate]:
    """Estimate "sensitivity", "clear sensitivity" and "false alarms per hour" at a threshold, over subjects.

    Where there was no false alarm, subjects drawn again have none either; the upper end is then what a Poisson count
    may be and still be 0 once in twenty times: about three in all (Hanley and Lippman-Hand 1983).
    """
    each = [subject.counts[threshold] for subject in subjects]
    pairs: dict[str, list[tuple[float, float]]] = {
        "sensitivity": [(one.found, one.marked) for one in each],
        "clear sensitivity": [(one.clear_found, one.clear) for one in each],
        # In hours: alarms and minutes both add up, their ratios do not.
        ALARMS: [(60 * one.alarms, one.minutes) for one in each],
    }
    found = {name: counted(of, lambda sums: ratio(sums[:, 0], sums[:, 1])) for name, of in pairs.items()}
    # Drawing subjects again cannot make an alarm that none of them has: the bootstrap alone would claim certainty.
    if found[ALARMS].value == 0 and len(subjects) > 1:
        hours = sum(one.minutes for one in each) / 60
        found[ALARMS] = replace(found[ALARMS], high=-math.log(1 - LEVEL) / hours)
    return found


def spreads(subjects: Iterable[Subject], threshold: float) -> dict[str, Spread]:
    """Return the spread of "timing error, ms" (either side alike) and of "latency, ms"."""
    timing = sum((subject.timings[threshold] for subject in subjects), Timing())
    return {
        # Early and late alike: as signed numbers they would cancel.
        "timing error, ms": _spread(np.abs(np.array(timing.errors_ms))),
        "latency, ms": _spread(np.array(timing.latencies_ms)),
    }


def _spread(values: Floats) -> Spread:
    if not values.size:
        return Spread(0, float("nan"), float("nan"))
    return Spread(len(values), float(np.median(values)), float(np.quantile(values, 0.95)))
