"""The figure: false events an hour at equal sensitivity after so many clicks, one line for each loss."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from bench.worth.figure import alone
from models.errors import ModelsError
from models.reports.plots import Curve, lines


def write(folder: Path, sets: Mapping[str, Mapping[str, Any]]) -> None:
    """Write one SVG for each set of patients and each threshold from which events were shown.

    Raises
    ------
    ModelsError
        if matplotlib is missing or the folder cannot be written
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, of in sets.items():
            for shown in sorted({row["shown_from"] for row in of["rows"]}):
                svg = lines(
                    f"{name}: events told from {shown:g} on are reviewed",
                    "reviewed events",
                    "false events an hour at equal sensitivity",
                    _curves(of["rows"], shown),
                    y_limits=(0.0, None),
                )
                (folder / f"adaptation-{name.replace(' ', '-')}-{shown:g}.svg").write_text(alone(svg), encoding="utf-8")
    except OSError as problem:
        raise ModelsError(f"--figures {folder}: {problem.strerror}; name a folder that can be written") from None


def _curves(rows: list[dict[str, Any]], shown: float) -> dict[str, Curve]:
    """Return the curve of each loss, from no click on; where so much is never found again, there is no point."""
    curves: dict[str, Curve] = {}
    for loss in dict.fromkeys(row["loss"] for row in rows):
        own = [row for row in rows if (row["loss"], row["shown_from"]) == (loss, shown)]
        at = [row["at_6_per_h"] for row in own]
        false = [at[0]["false_per_h_before"], *(one["false_per_h_after_at_equal_sensitivity"] for one in at)]
        y = np.array([np.nan if value is None else value for value in false], np.float64)
        curves[loss] = np.array([0, *(row["clicks"] for row in own)], np.float64), y
    return curves
