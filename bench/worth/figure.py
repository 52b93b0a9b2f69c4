"""The curves: sensitivity against false events an hour, one line for each detector."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np

from models.errors import ModelsError
from models.reports.plots import Curve, is_installed, lines

TITLES: Final = {
    "marked": "Laid on background: 3 times as large as it",
    "clear": "Laid on background: 6 times as large as it",
    "labelled": "Marked by experts",
}


def check(folder: Path | None) -> None:
    """Check before anything is measured that figures can be drawn: hours of measuring would end without them.

    Raises
    ------
    ModelsError
        if a folder is given and matplotlib is missing
    """
    if folder and not is_installed():
        raise ModelsError("--figures: needs matplotlib: pip install 'spikewatch[train]'")


def write(folder: Path, detectors: Mapping[str, Mapping[str, Any]]) -> None:
    """Write marked.svg, clear.svg and labelled.svg, those of which there is something to draw.

    Raises
    ------
    ModelsError
        if matplotlib is missing or the folder cannot be written
    """
    drawn = {
        "marked": _curves(((name, of.get("rows", ())) for name, of in detectors.items()), "marked_found"),
        "clear": _curves(((name, of.get("rows", ())) for name, of in detectors.items()), "clear_found"),
        "labelled": _curves(
            ((name, of.get("labelled", {}).get("rows", ())) for name, of in detectors.items()), "marked_found"
        ),
    }
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, curves in drawn.items():
            if curves:
                svg = lines(TITLES[name], "false events an hour", "found", curves, x_log=True, y_limits=(0.0, 1.0))
                (folder / f"{name}.svg").write_text(alone(svg), encoding="utf-8")
    except OSError as problem:
        raise ModelsError(f"--figures {folder}: {problem.strerror}; name a folder that can be written") from None


def _curves(tables: Iterator[tuple[str, Sequence[Mapping[str, Any]]]], column: str) -> dict[str, Curve]:
    """Return the curve of each detector that has rows."""
    found: dict[str, Curve] = {}
    for name, table in tables:
        per_h = np.array([row["false_per_h"][0] for row in table], np.float64)
        shares = np.array([row[column][0] for row in table], np.float64)
        # A logarithmic axis has no place for 0.
        shown = (per_h > 0) & np.isfinite(shares)
        if shown.any():
            found[name] = per_h[shown], shares[shown]
    return found


def alone(svg: str) -> str:
    """Return an <svg> element of a page as a file of its own."""
    return svg if "xmlns=" in svg else svg.replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" ', 1)
