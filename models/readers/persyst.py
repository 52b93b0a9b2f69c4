"""What MNE does not look at in Persyst's layouts: the times of its parts."""

import re
from pathlib import Path
from typing import Final

from models.readers import header_text, joints

_TIME: Final = re.compile(r"^\s*(\d+)\s*=\s*(\d+(?:\.\d+)?)\s*$", re.MULTILINE)
DAY_S: Final = 86_400.0
COARSE_S: Final = 1.0
FINE_S: Final = 0.1
"""Clocks differ by so little between two parts: times may be in whole seconds, or not."""


def breaks(path: Path, rate_hz: float) -> list[joints.Joint]:
    """Return where a recording was interrupted, by the times of its parts."""
    stated = sample_times(path)
    tolerance_s = COARSE_S if all(at_s == int(at_s) for _, at_s in stated) else FINE_S
    return list(joints.by_times(_over_midnight(stated), rate_hz, tolerance_s))


def sample_times(path: Path) -> list[tuple[int, float]]:
    """Return the first sample of each part, and when it was recorded: seconds after midnight."""
    text = header_text.section(header_text.text_of(path), "SampleTimes")
    return sorted((int(sample), float(at_s)) for sample, at_s in _TIME.findall(text))


def _over_midnight(stated: list[tuple[int, float]]) -> list[tuple[int, float | None]]:
    """Return the times so that they go on where a day ends."""
    days, before_s = 0, 0.0
    found: list[tuple[int, float | None]] = []
    for sample, at_s in stated:
        # A step back of less than half a day is a clock that was set.
        days += at_s < before_s - DAY_S / 2
        before_s = at_s
        found.append((sample, at_s + days * DAY_S))
    return found
