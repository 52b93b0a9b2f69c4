"""An evaluation as one HTML page, with curves."""

from collections.abc import Mapping
from typing import Final

import numpy as np

from models.evaluation.events import total
from models.evaluation.report import Evaluation
from models.evaluation.tables import COSTS, HOW, WINDOWS, events_heading, tables
from models.evaluation.windows import WindowReport
from models.reports import plots
from models.reports.html import Command, Facts, Figures, Section, page

CURVE_POINTS: Final = 200
"""A curve keeps so many points at most: more cannot be told apart, and make the page large."""


def render(evaluation: Evaluation) -> str:
    """Return the page.

    Raises
    ------
    ModelsError
        if matplotlib is missing
    """
    drawn = _drawings(evaluation)
    sections = [
        Section(name, [table, *([Figures(drawn[name])] if drawn.get(name) else [])])
        for name, table in tables(evaluation).items()
    ]
    if evaluation.skipped:
        sections.append(Section("Left out", list(evaluation.skipped)))
    if evaluation.remarks:
        sections.append(Section("Remarks", list(evaluation.remarks)))
    sections.append(Section("To repeat it", [Command(evaluation.command)]))
    facts = {
        "model": evaluation.model,
        "sha256 of the weights": evaluation.sha256,
        "threshold": f"{evaluation.threshold:g}",
        "temperature": f"{evaluation.temperature:.4g}",
    }
    return page(f"{evaluation.model}: what it is worth", sections, lead=[Facts(facts), HOW])


def _drawings(evaluation: Evaluation) -> dict[str, list[str]]:
    """Draw what belongs under each table, by its heading."""
    found: dict[str, list[str]] = {}
    if evaluation.events:
        found[events_heading(evaluation)] = _latencies(evaluation)
        found[COSTS] = _trade(evaluation)
    if evaluation.windows:
        found[WINDOWS] = [_precision_recall(evaluation.windows), _calibration(evaluation.windows)]
    return found


def _trade(evaluation: Evaluation) -> list[str]:
    """Draw sensitivity against false alarms, where something could be found and there were any."""
    series = {}
    for name, subjects in evaluation.events.items():
        counts = [total(subjects, threshold) for threshold in sorted(subjects[0].counts, reverse=True)]
        # A logarithmic axis has no place for zero alarms.
        shown = [one for one in counts if one.marked and one.alarms]
        if shown:
            series[name] = ([one.alarms_per_h for one in shown], [one.sensitivity for one in shown])
    if not series:
        return []
    name, x, y = "Sensitivity and false alarms", "false alarms an hour", "sensitivity"
    return [plots.lines(name, x, y, series, x_log=True, y_limits=(0, 1.03))]


def _latencies(evaluation: Evaluation) -> list[str]:
    series = {}
    for name, subjects in evaluation.events.items():
        late = np.sort([ms for subject in subjects for ms in subject.timings[evaluation.threshold].latencies_ms])
        if late.size:
            series[name] = (late, np.arange(1, len(late) + 1) / len(late))
    if not series:
        return []
    name, x, y = "Latency from peak to decision", "ms", "share of found discharges"
    return [plots.lines(name, x, y, series, steps=True, y_limits=(0, 1.03))]


def _precision_recall(windows: Mapping[str, WindowReport]) -> str:
    series = {}
    for part, report in windows.items():
        # Evenly over the scores, both ends included.
        last = len(report.curve.recall) - 1
        kept = np.unique(np.linspace(0, last, CURVE_POINTS).astype(np.int64))
        series[part] = (report.curve.recall[kept], report.curve.precision[kept])
    limits = (0.0, 1.03)
    return plots.lines(
        "Precision and recall", "recall", "precision", series, steps=True, x_limits=(0, 1), y_limits=limits
    )


def _calibration(windows: Mapping[str, WindowReport]) -> str:
    series = {part: (report.reliability.predicted, report.reliability.observed) for part, report in windows.items()}
    limits = (0.0, 1.0)
    return plots.lines(
        "Reliability", "probability said", "share with IED", series, diagonal=True, x_limits=limits, y_limits=limits
    )
