"""An evaluation, complete: what a manifest keeps of it, and all of it as JSON."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from models.evaluation.events import Subject, estimates, spreads, total
from models.evaluation.windows import WindowReport
from models.zoo.manifest import OperatingPoint


@dataclass(frozen=True, slots=True)
class Evaluation:
    """What was measured of one model.

    `threshold` is the one that events are reported at; `points` by the rule, empty where nothing was simulated.
    `events` subjects by what they were recorded with ("scalp", "shaft", "recordings"), `windows` by part;
    `skipped` what could not be examined, and why; `remarks` what is odd about what was. `temperature` is what logits
    are divided by, all evaluations together.
    """

    model: str
    sha256: str
    threshold: float
    temperature: float
    command: str
    points: Mapping[str, OperatingPoint] = field(default_factory=dict)
    events: Mapping[str, Sequence[Subject]] = field(default_factory=dict)
    windows: Mapping[str, WindowReport] = field(default_factory=dict)
    skipped: Sequence[str] = ()
    remarks: Sequence[str] = ()


def figures(evaluation: Evaluation) -> dict[str, float]:
    """Return the figures that a manifest keeps, by what was measured; what could not be measured is left out."""
    found: dict[str, float] = {}
    for name, subjects in evaluation.events.items():
        found |= _event_figures(name, subjects, evaluation.threshold)
    for part, report in evaluation.windows.items():
        values = {**report.at[evaluation.threshold].figures, **report.areas}
        found |= {f"{part} windows, {name}": estimate.value for name, estimate in values.items()}
        found[f"{part} windows, expected calibration error"] = report.reliability.expected_error
        found[f"{part} windows"] = report.windows
    # Three digits: the intervals are far wider, and manifests stay the same from machine to machine.
    return {name: round(float(value), 3) for name, value in found.items() if math.isfinite(value)}


def _event_figures(name: str, subjects: Sequence[Subject], threshold: float) -> dict[str, float]:
    counts, spread = total(subjects, threshold), spreads(subjects, threshold)
    # Names of figures are kept in manifests of models that are out there: they must not change.
    found = {f"{name}, false alarms per min": counts.alarms_per_min, f"{name}, minutes": counts.minutes}
    if counts.clear:
        found |= {
            f"{name}, sensitivity, discharges 3 times the background": counts.sensitivity,
            f"{name}, discharges 3 times the background": counts.marked,
            f"{name}, sensitivity, discharges 6 times the background": counts.clear_sensitivity,
            f"{name}, discharges 6 times the background": counts.clear,
        }
    # Recordings of people have marks without a size, so there is no "clear" among them.
    elif counts.marked:
        found |= {f"{name}, sensitivity": counts.sensitivity, f"{name}, marked discharges": counts.marked}
    for what, values in spread.items():
        found |= {f"{name}, {what}, median": values.median, f"{name}, {what}, 95 % below": values.p95}
    return found


def as_json(evaluation: Evaluation) -> dict[str, Any]:
    """Return all of it as JSON values; what could not be measured is null."""
    answer: dict[str, Any] = _plain(
        {
            "model": {"name": evaluation.model, "sha256": evaluation.sha256},
            "command": evaluation.command,
            "threshold": evaluation.threshold,
            "temperature": evaluation.temperature,
            "operating_points": {name: asdict(point) for name, point in evaluation.points.items()},
            "events": {name: _events_json(subjects) for name, subjects in evaluation.events.items()},
            "windows": {name: _windows_json(report) for name, report in evaluation.windows.items()},
            "skipped": list(evaluation.skipped),
            "remarks": list(evaluation.remarks),
        }
    )
    return answer


def _events_json(subjects: Sequence[Subject]) -> list[dict[str, Any]]:
    return [
        {
            "threshold": threshold,
            **asdict(total(subjects, threshold)),
            "estimates": {name: asdict(estimate) for name, estimate in estimates(subjects, threshold).items()},
            "spreads": {name: asdict(spread) for name, spread in spreads(subjects, threshold).items()},
        }
        for threshold in sorted(subjects[0].counts)
    ]


def _windows_json(report: WindowReport) -> dict[str, Any]:
    at = [
        {
            "threshold": threshold,
            **asdict(found.confusion),
            "estimates": {name: asdict(estimate) for name, estimate in found.figures.items()},
        }
        for threshold, found in report.at.items()
    ]
    sure = report.reliability
    return {
        "windows": report.windows,
        "positives": report.positives,
        "subjects": report.subjects,
        "areas": {name: asdict(estimate) for name, estimate in report.areas.items()},
        "at": at,
        "reliability": {
            "counts": sure.counts.tolist(),
            "said": sure.predicted.tolist(),
            "seen": sure.observed.tolist(),
        },
        "expected_calibration_error": sure.expected_error,
    }


def _plain(value: Any) -> Any:  # noqa: ANN401  (any JSON value)
    if isinstance(value, dict):
        return {key: _plain(inner) for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(inner) for inner in value]
    # JSON has no NaN: a strict reader would refuse the whole answer.
    return None if isinstance(value, float) and not math.isfinite(value) else value
