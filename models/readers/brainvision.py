"""What MNE does not look at in BrainVision's text files: when each segment began, and what it stumbles over."""

import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Final

from models.errors import RecordingError
from models.readers import header_text, joints, missing_end
from models.readers.header_copies import Copies

_SEGMENT: Final = re.compile(r"^Mk\d+=New Segment,[^,\n]*,(\d+),[^,\n]*,[^,\n]*(?:,(\d{20}))?", re.MULTILINE)
_MARK: Final = re.compile(r"(?!Mk\d+=)|Mk\d+=[^,\n]*,[^,\n]*,\s*-?\d+\s*,")
"""A marker with a place, or a line that is no marker."""
_CHANNEL: Final = re.compile(
    r"^(Ch\d+=([^,\n]*),[^,\n]*,)[ \t]*(?:0+\.?0*|\.0+)[ \t]*(?=,|\r?$)", re.MULTILINE | re.IGNORECASE
)
"""A channel whose resolution is zero, its name, and what stands before."""
NUMBER_BYTES: Final = {"INT_16": 2, "INT_32": 4, "IEEE_FLOAT_32": 4}
NO_MARKS: Final = "Brain Vision Data Exchange Marker File, Version 1.0\n[Marker Infos]\n"
NO_SCALE: Final = "its header states a resolution of 0, so that nobody knows what its numbers mean"
_DATE: Final = "%Y%m%d%H%M%S%f"


def breaks(path: Path, rate_hz: float) -> list[joints.Joint]:
    """Return where a recorder was stopped and started again, by the markers beside a header."""
    markers = marker_file(path)
    if markers is None:
        return []
    starts = sorted(_segments(header_text.text_of(markers)), key=lambda start: start[0])
    # Whatever stands before the first marker of a segment is one as well.
    return list(joints.by_times(starts if starts and starts[0][0] == 0 else [(0, None), *starts], rate_hz))


def copies(path: Path) -> Copies | None:
    """Return texts that MNE can read, None where it can read those that are there."""
    header, markers = header_text.text_of(path), marker_file(path)
    old = header_text.text_of(markers) if markers else NO_MARKS
    marks, lost = header_text.without_lines(old, "Marker Infos", _is_mark)
    channels = header_text.section(header, "Channel Infos")
    # In a name a comma is written so.
    without = {name.replace(r"\1", ","): NO_SCALE for _, name in _CHANNEL.findall(channels)}
    if not lost and not without and (markers is None or header_text.is_utf8(markers)):
        return None
    header = header.replace(channels, _CHANNEL.sub(r"\g<1>1", channels), 1)
    named = {"DataFile": str(_data_file(path)), "MarkerFile": "markers.vmrk", "Codepage": "UTF-8"}
    return Copies(
        {"header.vhdr": _with(header, named), "markers.vmrk": _with(marks, named)},
        left_out=without,
        remarks=(f"{lost} of its markers state no place, and are left out",) if lost else (),
    )


def odd_length(path: Path) -> tuple[str, ...]:
    """Return remarks on a file of samples that is not as long as its header says.

    Raises
    ------
    RecordingError
        if the channels stand one behind the other: then no one knows where each begins
    """
    header = header_text.text_of(path)
    common, binary = header_text.section(header, "Common Infos"), header_text.section(header, "Binary Infos")
    channels = header_text.count(common, "NumberOfChannels")
    number_bytes = NUMBER_BYTES.get(header_text.value(binary, "BinaryFormat"))
    if not channels or not number_bytes:
        return ()  # numbers in text
    size, stated = _data_file(path).stat().st_size, header_text.count(common, "DataPoints")
    found = tuple(missing_end.remarks(size, channels * number_bytes, stated))
    if found and header_text.value(common, "DataOrientation") == "VECTORIZED":
        raise RecordingError(f"is cut off or damaged ({found[0]})")
    return found


def _data_file(path: Path) -> Path:
    common = header_text.section(header_text.text_of(path), "Common Infos")
    return path.resolve().with_name(Path(header_text.value(common, "DataFile")).name)


def _is_mark(line: str) -> bool:
    return _MARK.match(line) is not None


def _with(text: str, named: Mapping[str, str]) -> str:
    """Return a text in which some keys have other values; a key that is not there stays so."""
    for key, value in named.items():
        # A backslash of a folder is no group of the pattern.
        line = f"{key}={value}".replace("\\", "\\\\")
        text = re.sub(rf"^{key}\s*=.*?(?=\r?$)", line, text, flags=re.MULTILINE | re.IGNORECASE)
    return text


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
