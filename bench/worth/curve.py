"""What detectors found, as rows of a curve: each threshold's sensitivity and false events an hour, over subjects."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any, Final

from bench.worth.cases import Case, Part
from bench.worth.contract import Detector, Found
from bench.worth.truth import Truth
from models.evaluation.bootstrap import Estimate
from models.evaluation.events import ALARMS, Subject, Timing, estimates, merged, total

WANTED_PER_H: Final = 6.0
"""What a reader puts up with, by the goal that the shipped detector is measured by."""

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Answer:
    """What one detector found in one recording. The recording itself is not kept: a corpus is larger than memory."""

    subject: str
    part: Part
    truth: Truth
    found: Found


def answers(detectors: Sequence[Detector[Any]], cases: Iterable[Case]) -> list[list[Answer]]:
    """Show every recording to every detector: their answers, in the order of the detectors."""
    found: list[list[Answer]] = [[] for _ in detectors]
    for case in cases:
        for detector, of_it in zip(detectors, found, strict=True):
            of_it.append(Answer(case.subject, case.part, case.truth, detector.detect(case.shown)))
    return found


def result(detector: Detector[Any], found: Sequence[Answer]) -> dict[str, Any]:
    """Return what a detector's answers come to."""
    # Thresholds by bare background where there is some: only there is every event a false one.
    bare = [one.found for one in found if one.part == "bare"]
    return detector.about | told(found, detector.thresholds(bare or [one.found for one in found]))


def told(found: Sequence[Answer], thresholds: Sequence[float]) -> dict[str, Any]:
    """Return what answers, of one detector or of several, come to at common thresholds."""
    parts = {part: subjects(found, part, thresholds) for part in ("bare", "hybrid", "labelled")}
    tables: dict[str, Any] = {}
    if parts["hybrid"]:
        tables |= _table(thresholds, parts["hybrid"], parts["bare"], ("marked_found", "clear_found"))
    if parts["labelled"]:
        tables["labelled"] = _table(thresholds, parts["labelled"], parts["labelled"], ("marked_found",))
    return tables


def subjects(found: Iterable[Answer], part: Part, thresholds: Sequence[float]) -> list[Subject]:
    """Return the counts of each person, all recordings of a part together."""
    ordered = sorted((one for one in found if one.part == part), key=lambda one: one.subject)
    each = [
        Subject(
            one.subject,
            {threshold: one.truth.counts(one.found, threshold) for threshold in thresholds},
            dict.fromkeys(thresholds, Timing()),
        )
        for one in ordered
    ]
    return [merged(name, list(theirs)) for name, theirs in groupby(each, key=lambda subject: subject.name)]


def rows(
    thresholds: Sequence[float], with_discharges: Sequence[Subject], bare: Sequence[Subject], columns: Sequence[str]
) -> list[dict[str, Any]]:
    """Say of every threshold what it finds and what it costs."""
    names = {"marked_found": "sensitivity", "clear_found": "clear sensitivity"}
    found = []
    for threshold in thresholds:
        there, quiet = estimates(with_discharges, threshold), estimates(bare, threshold)
        shares = {column: _interval(there[names[column]]) for column in columns}
        found.append({"threshold": threshold, **shares, "false_per_h": _interval(quiet[ALARMS])})
    return found


def at_most(table: Sequence[Row], per_h: float) -> Row:
    """Return the row of the lowest threshold with at most so many false events an hour."""
    return next((row for row in table if (row["false_per_h"][0] or 0.0) <= per_h), table[-1])


def _table(
    thresholds: Sequence[float], with_discharges: Sequence[Subject], bare: Sequence[Subject], columns: Sequence[str]
) -> dict[str, Any]:
    table = rows(thresholds, with_discharges, bare, columns)
    there, minutes = total(with_discharges, thresholds[0]), total(bare, thresholds[0]).minutes
    amounts = {"people": len(bare), "minutes": round(minutes, 1), "marked": there.marked, "clear": there.clear}
    return {"amounts": amounts, "at_most_6_per_h": at_most(table, WANTED_PER_H), "rows": table}


def _interval(estimate: Estimate) -> list[float | None]:
    # JSON knows no NaN: one subject has no interval, and a share of nothing is none.
    return [
        round(value, 3) if math.isfinite(value) else None for value in (estimate.value, estimate.low, estimate.high)
    ]
