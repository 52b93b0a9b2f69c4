"""Operating points: which threshold, by which rule, and what each one costs."""

import dataclasses
import math
from collections.abc import Mapping, Sequence
from typing import Final

from models.evaluation.events import THRESHOLDS, Subject, total
from models.zoo.manifest import Manifest, OperatingPoint, OperatingRow

ALARMS_PER_MIN: Final = 0.1
"""Of the default point: at most so many false alarms a minute, six an hour, in every layout and in healthy people."""
# Two more thresholds beside the default: one for a reader who looks at everything, one for an alarm that must be worth
# a walk.
SENSITIVE_PER_MIN: Final = 0.3
SPECIFIC_PER_MIN: Final = 0.03

Level = Mapping[str, Sequence[Subject]]
"""Held-out people: simulated ones by montage, and those whose recordings hold no discharge."""


def lowest_quiet(level: Level, limit_per_min: float = ALARMS_PER_MIN) -> float:
    """Return the lowest threshold with at most so many false alarms a minute in every layout, else the highest."""
    passing = [t for t in THRESHOLDS if _is_quiet(level, t, limit_per_min)]
    return passing[0] if passing else THRESHOLDS[-1]


def points(level: Level, limit_per_min: float = ALARMS_PER_MIN) -> dict[str, OperatingPoint]:
    """Choose "default", and "sensitive" and "specific" on its either side where a threshold keeps to their limits."""
    found = {"default": _point(level, limit_per_min)}
    for name, limit in (("sensitive", SENSITIVE_PER_MIN), ("specific", SPECIFIC_PER_MIN)):
        # If the default itself is asked to be more sensitive than `sensitive`, that name is left out.
        named = (limit > limit_per_min) == (name == "sensitive")
        if named and _is_quiet(level, lowest_quiet(level, limit), limit):
            found[name] = _point(level, limit)
    return found


def table(level: Level) -> tuple[OperatingRow, ...]:
    """Return what each threshold costs, by montage; those without a discharge that could be marked have no rows."""
    return tuple(
        OperatingRow(montage, threshold, round(counts.sensitivity, 4), round(counts.alarms_per_h, 2))
        for montage, subjects in level.items()
        for threshold in THRESHOLDS
        if (counts := total(subjects, threshold)).marked
    )


def moved(manifest: Manifest, divisor: float) -> Manifest:
    """Return the manifest for logits that are divided further.

    Thresholds move along, so that every decision stays as it was.
    """

    def move(threshold: float) -> float:
        # The logit of the threshold is divided as all logits are.
        return round(1 / (1 + math.exp(-math.log(threshold / (1 - threshold)) / divisor)), 6)

    return dataclasses.replace(
        manifest,
        temperature=manifest.temperature * divisor,
        operating_points={
            name: OperatingPoint(move(point.threshold), point.note) for name, point in manifest.operating_points.items()
        },
        operating_table=tuple(
            dataclasses.replace(row, threshold=move(row.threshold)) for row in manifest.operating_table
        ),
    )


def _is_quiet(level: Level, threshold: float, limit_per_min: float) -> bool:
    # Each layout must keep to the limit by itself: a quiet one must not make up for a loud one.
    return all(total(subjects, threshold).alarms_per_min <= limit_per_min for subjects in level.values())


def _point(level: Level, limit_per_min: float) -> OperatingPoint:
    threshold = lowest_quiet(level, limit_per_min)
    # Each by itself, so that a reader sees how little a limit rests on.
    known = [f"{name} ({len(who)}, {total(who, threshold).minutes:.0f} min)" for name, who in level.items()]
    rule = f"at most {limit_per_min:g} false alarms/min in each of: {', '.join(known)}"
    if _is_quiet(level, threshold, limit_per_min):
        return OperatingPoint(threshold, f"lowest with {rule}")
    return OperatingPoint(threshold, f"the highest tried: none has {rule}")
