"""What MNE does not look at in BrainVision's text files: when each segment began."""

import re
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Final

from models.readers import header_text, joints

_SEGMENT: Final = re.compile(r"^Mk\d+=New Segment,[^,\n]*,(\d+),[^,\n]*,[^,\n]*(?:,(\d{20}))?", re.MULTILINE)
_DATE: Final = "%Y%m%d%H%M%S%f"


def breaks(path: Path, rate_hz: float) -> list[joints.Joint]:
    """Return where a recorder was stopped and started again, by the markers beside a header."""
    markers = marker_file(path)
    if markers is None:
        return []
    starts = sorted(_segments(header_text.text_of(markers)), key=lambda start: start[0])
    # Whatever stands before the first marker of a segment is one as well.
    return list(joints.by_times(starts if starts and starts[0][0] == 0 else [(0, None), *starts], rate_hz))


def marker_file(path: Path) -> Path | None:
    """Return the file of markers, None where there is none: the one that the header names, or of its name."""
    named = header_text.value(header_text.section(header_text.text_of(path), "Common Infos"), "MarkerFile")
    # After a renaming the header names a file that is not there, and MNE takes this one too.
    candidates = (path.with_name(Path(named).name), path.with_suffix(".vmrk")) if named else ()
    return next((found for found in candidates if found.is_file()), None)


def _segments(text: str) -> Iterator[tuple[int, float | None]]:
    """Yield the first sample of each segment, and when it began (s)."""
    for position, date in _SEGMENT.findall(text):
        yield int(position) - 1, _seconds(date)


def _seconds(date: str) -> float | None:
    try:
        return (datetime.strptime(date, _DATE) - datetime(1970, 1, 1)).total_seconds()
    except ValueError:
        return None  # no date, or twenty zeros
