"""An evaluation as tables, for a terminal and for a page alike."""

import math
from typing import Final

from models.evaluation.bootstrap import LEVEL, Estimate
from models.evaluation.events import Spread, estimates, spreads, total
from models.evaluation.matching import FORGIVEN_S, MATCH_S
from models.evaluation.report import Evaluation
from models.evaluation.windows import FIGURES
from models.reports.html import Table

COSTS: Final = "What each threshold costs"
WINDOWS: Final = "Windows"
HOW: Final = (
    f"In brackets: where {100 * LEVEL:.0f} % of the figures lie when people are drawn again. "
    f"An event finds one discharge, within {1000 * MATCH_S:.0f} ms of its peak; "
    f"it is a false alarm when it is further than {1000 * FORGIVEN_S:.0f} ms from every discharge. "
    "Clear discharges are those 6 times the background. "
    "Latency: from the peak until the last sample came that the event needed; computing is not in it."
)
"""What the tables mean."""


def events_heading(evaluation: Evaluation) -> str:
    """Return the heading of the table of events."""
    return f"Events at threshold {evaluation.threshold:g}"


def tables(evaluation: Evaluation) -> dict[str, Table]:
    """Return all tables by their heading."""
    found: dict[str, Table] = {}
    if evaluation.events:
        found[events_heading(evaluation)] = _events_table(evaluation)
        found[COSTS] = _costs_table(evaluation)
    if evaluation.points:
        rows = [(name, f"{point.threshold:g}", point.note) for name, point in evaluation.points.items()]
        found["Operating points"] = Table(("point", "threshold", "rule"), rows, texts=("rule",))
    if evaluation.windows:
        found[WINDOWS] = _areas_table(evaluation)
        found["Windows at a threshold"] = _windows_table(evaluation)
    return found


def _events_table(evaluation: Evaluation) -> Table:
    columns = ("recordings", "people", "minutes", "marked", "sensitivity", "of clear ones", "false alarms/h",
               "timing error ms: median, 95 %", "latency ms: median, 95 %")  # fmt: skip
    rows = []
    for name, subjects in evaluation.events.items():
        sums = total(subjects, evaluation.threshold)
        known, spread = estimates(subjects, evaluation.threshold), spreads(subjects, evaluation.threshold)
        counts = (str(len(subjects)), f"{sums.minutes:.1f}", str(sums.marked))
        rows.append((name, *counts, *map(_text, known.values()), *map(_spread_text, spread.values())))
    return Table(columns, rows)


def _costs_table(evaluation: Evaluation) -> Table:
    names = list(evaluation.events)
    # All groups were counted at the same thresholds, so any subject has the list.
    thresholds = sorted(evaluation.events[names[0]][0].counts)
    columns = ["threshold"]
    for name in names:
        columns += [f"{name}: sensitivity", "clear", "false alarms/h", "/min"]
    rows = []
    for threshold in thresholds:
        row = [f"{threshold:g}"]
        for name in names:
            counts = total(evaluation.events[name], threshold)
            row += [_number(counts.sensitivity), _number(counts.clear_sensitivity)]
            row += [_number(counts.alarms_per_h, 1), _number(counts.alarms_per_min, 2)]
        rows.append(row)
    return Table(columns, rows, chosen=thresholds.index(evaluation.threshold))


def _areas_table(evaluation: Evaluation) -> Table:
    columns = ("part", "windows", "with IED", "people", "AUROC", "AUPRC", "expected calibration error")
    rows = [
        (part, f"{report.windows:,}", f"{report.positives:,}", str(report.subjects),
         *map(_text, report.areas.values()), f"{report.reliability.expected_error:.3f}")
        for part, report in evaluation.windows.items()
    ]  # fmt: skip
    return Table(columns, rows)


def _windows_table(evaluation: Evaluation) -> Table:
    rows = [
        (part, f"{threshold:g}", *map(_text, at.figures.values()))
        for part, report in evaluation.windows.items()
        for threshold, at in report.at.items()
    ]
    return Table(("part", "threshold", *FIGURES), rows)


def _text(estimate: Estimate) -> str:
    # A dash, since "nan" in a table reads like a fault.
    return str(estimate) if math.isfinite(estimate.value) else "-"


def _spread_text(spread: Spread) -> str:
    return f"{spread.median:.0f}, {spread.p95:.0f}" if spread.count else "-"


def _number(value: float, digits: int = 3) -> str:
    return f"{value:.{digits}f}" if math.isfinite(value) else "-"
