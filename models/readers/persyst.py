"""What MNE does not look at in Persyst's layouts: the times of its parts, and what it stumbles over."""

import re
from pathlib import Path
from typing import Final

from models.errors import AGAIN, RecordingError
from models.readers import header_text, joints, missing_end
from models.readers.header_copies import Copies

_TIME: Final = re.compile(r"^\s*(\d+)\s*=\s*(\d+(?:\.\d+)?)\s*$", re.MULTILINE)
NO_SCALE: Final = "states a calibration of 0, so that nobody knows what its numbers mean; export it with one"
COMMENT_FIELDS: Final = 5
"""When, for how long, two numbers of no use here, and the text."""
NUMBER_BYTES: Final = {"0": 2, "7": 4}
"""By the type that a layout states."""
NO_LAST_PART: Final = f"states the time of a part behind its last sample: its end is missing, or it is a clip; {AGAIN}"
DAY_S: Final = 86_400.0
COARSE_S: Final = 1.0
FINE_S: Final = 0.1
"""Clocks differ by so little between two parts: times may be in whole seconds, or not."""


def breaks(path: Path, rate_hz: float) -> list[joints.Joint]:
    """Return where a recording was interrupted, by the times of its parts, and what it stumbles over."""
    stated = sample_times(path)
    tolerance_s = COARSE_S if all(at_s == int(at_s) for _, at_s in stated) else FINE_S
    return list(joints.by_times(_over_midnight(stated), rate_hz, tolerance_s))


def copies(path: Path) -> Copies | None:
    """Return a layout that MNE can read, None where it can read the one that is there.

    Raises
    ------
    RecordingError
        if nothing says what the samples mean
    """
    text, lost = header_text.without_lines(header_text.text_of(path), "Comments", _is_comment)
    about = header_text.section(text, "FileInfo")
    if _number(header_text.value(about, "Calibration")) == 0:
        raise RecordingError(NO_SCALE)
    if not lost and header_text.is_utf8(path):
        return None
    data = Path(header_text.value(about, "File")).name
    remarks = (f"{lost} of its comments state no time, and are left out",) if lost else ()
    return Copies({"layout.lay": text}, {data: path.with_name(data)}, remarks=remarks)


def odd_length(path: Path) -> tuple[str, ...]:
    """Return remarks on a file of samples that is not as long as its layout says, or as its last part begins."""
    text = header_text.text_of(path)
    about = header_text.section(text, "FileInfo")
    channels, number_bytes = (
        header_text.count(about, "WaveformCount"),
        NUMBER_BYTES.get(header_text.value(about, "DataType")),
    )
    if not channels or not number_bytes:
        return ()
    frame_bytes = channels * number_bytes
    size = path.with_name(Path(header_text.value(about, "File")).name).stat().st_size
    archived = header_text.count(header_text.section(text, "Archive"), "DataFileSize")
    found = tuple(missing_end.remarks(size, frame_bytes, archived // frame_bytes if archived else None))
    starts = [sample for sample, _ in sample_times(path)]
    if not found and starts and starts[-1] >= size // frame_bytes:
        return (NO_LAST_PART,)
    return found


def _is_comment(line: str) -> bool:
    fields = line.split(",", COMMENT_FIELDS - 1)
    return len(fields) == COMMENT_FIELDS and all(_number(field) is not None for field in fields[:2])


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


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
