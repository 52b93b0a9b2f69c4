"""Annotations of EDF+ and BDF+ files, all of them or an error.

`readable` keeps what it can of damaged annotations, which is right for remarks. Of a marked recording a mark
that is lost turns a discharge into a negative, so here every byte of the annotation signals must be what EDF+ says
(Kemp and Olivan, Clin. Neurophysiol. 2003, section 2.2): time-stamped annotation lists, then zeros, and in every data
record first the record's own time. What cannot be noticed: a character exchanged for another that may stand there.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import BinaryIO, Final

from models.errors import DataError, RecordingError
from models.readers.contract import Annotation
from models.readers.edf_layout import Layout, read_layout
from models.readers.edf_times import DAY_S, LATE_S, pace, past_midnight, without_strays
from models.readers.timeline import LONGEST_PAUSE_S

# Onset with its sign, 0x15 and a duration if there is one, texts that each end with 0x14, and a zero. Control
# characters but tab and newline may not stand in a text: a separator with one bit wrong would become part of it.
_LIST = re.compile(
    rb"([+-]\d+(?:[.,]\d+)?)(?:\x15(\d+(?:[.,]\d+)?))?\x14((?:[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f]*\x14)+)\x00"
)
# A text that looks like this swallowed the separator before the next onset.
_TIME = re.compile(r"(^|.*[+-])\d+([.,]\d+)?$")
_DAMAGED: Final = "its annotations are damaged"
# The same as far as it can be read: any bytes but zeros for the texts, powers of ten, and no sign where a list begins.
_READABLE = re.compile(
    rb"((?:[+-]|(?<![^\x00]))\d+(?:[.,]\d*)?(?:[eE][+-]?\d{1,2})?)(?:\x15(\d+(?:[.,]\d*)?))?\x14([^\x00]*)\x00"
)


@dataclass(frozen=True, slots=True)
class Readable:
    """What can be read of a file's annotation signals: the remarks, and each record's own time, None where it has none.

    `layout` says where the records are.
    """

    annotations: tuple[Annotation, ...]
    times_s: tuple[float | None, ...]
    layout: Layout


def readable(path: Path) -> Readable:
    """Return remarks and record times of a file, whatever its annotations look like; texts in UTF-8, else in Latin-1.

    Raises
    ------
    DataError
        if its header is damaged
    """
    times_s: list[float | None] = []
    found: list[Annotation] = []
    layout = read_layout(path)
    with path.open("rb") as file:
        for record in range(layout.records):
            lists = _readable_lists(file, layout, record)
            times_s.append(_own_time_s(lists))
            found += [one for one in lists if one.text]
    first_s = next((time_s - layout.record_s * k for k, time_s in enumerate(times_s) if time_s is not None), 0.0)
    moved = _after(first_s, found, times_s)
    return Readable(tuple(sorted(moved, key=lambda one: one.onset_s)), tuple(times_s), layout)


def _readable_lists(file: BinaryIO, layout: Layout, record: int) -> list[Annotation]:
    start = layout.header_bytes + record * layout.record_bytes
    contents = [_bytes(file, start + at, size) for at, size in layout.annotations]
    return [
        Annotation(_seconds(match[1]), _seconds(match[2] or b"0"), text.strip())
        for content in contents
        for match in _READABLE.finditer(content)
        for text in _decoded(match[3]).rstrip("\x14").split("\x14")
    ]


def _seconds(number: bytes) -> float:
    """Return seconds that some programs write with a decimal comma."""
    return float(number.replace(b",", b"."))


def _own_time_s(lists: list[Annotation]) -> float | None:
    """Return a record's own time: the onset of a list without a text, which should stand first and does not always."""
    return next((one.onset_s for one in lists if not one.text), None)


def _decoded(text: bytes) -> str:
    try:
        return text.decode("utf-8")
    except UnicodeDecodeError:
        # Every byte is a letter there, so that nothing is lost of a text in whatever encoding.
        return text.decode("latin-1")


def read(path: Path) -> tuple[Annotation, ...]:
    """Return a file's annotations, seconds after its first sample, in the order of the file; none where it has none.

    Raises
    ------
    DataError
        if any byte of an annotation signal is not as EDF+ says, or its header is damaged
    """
    layout = read_layout(path)
    with path.open("rb") as file:
        return _annotations(file, layout)


def _annotations(file: BinaryIO, layout: Layout) -> tuple[Annotation, ...]:
    found: list[Annotation] = []
    times_s: list[float] = []
    for record in range(layout.records if layout.annotations else 0):
        start = layout.header_bytes + record * layout.record_bytes
        lists = [entry for at, size in layout.annotations for entry in _lists(_bytes(file, start + at, size), record)]
        time_s = _own_time_s(lists)
        if time_s is None:
            raise DataError(f"{_DAMAGED}: data record {record + 1} has no time of its own; export it again")
        times_s.append(time_s)
        found += lists
    _check_times(times_s, layout.record_s)
    # The header counts the start in whole seconds; the fraction stands in the first record, and moves all times.
    first_s = times_s[0] if times_s else 0.0
    return tuple(_after(first_s, [one for one in found if one.text], times_s))


def _after(first_s: float, found: Sequence[Annotation], times_s: Sequence[float | None]) -> list[Annotation]:
    """Return annotations by their seconds after the first sample; behind midnight, as the records' times are."""
    begins_anew = bool(past_midnight(tuple(times_s))[1])
    onsets_s = [one.onset_s - first_s for one in found]
    # An hour before the first sample nobody remarks anything.
    later_s = [DAY_S if begins_anew and onset_s < -LONGEST_PAUSE_S else 0.0 for onset_s in onsets_s]
    moved_s = zip(onsets_s, later_s, found, strict=True)
    return [Annotation(onset_s + day_s, one.duration_s, one.text) for onset_s, day_s, one in moved_s]


def _check_times(times_s: list[float], record_s: float) -> None:
    # What the reader of the samples mends is damage here, and marks near it may be, too.
    mended_s, _ = without_strays(tuple(times_s))
    for record, (stated_s, between_s) in enumerate(zip(times_s, mended_s, strict=True), 1):
        if stated_s != between_s:
            by_others = f"and by those around it should be at {between_s:g} s"
            raise DataError(f"{_DAMAGED}: data record {record} is at {stated_s:g} s, {by_others}; export it again")
    try:
        found = pace(tuple(times_s), record_s, may_have_gaps=True)
    except RecordingError as problem:
        raise DataError(str(problem)) from None
    # Later is a gap, which the samples have as well. Earlier is no time that a record can have.
    for record, (before_s, time_s) in enumerate(pairwise(found.times_s), 2):
        if before_s is not None and time_s is not None and time_s < before_s + found.record_s - LATE_S:
            raise DataError(f"{_DAMAGED}: data record {record} is at {time_s:g} s; split the recording there")


def _bytes(file: BinaryIO, at: int, size: int) -> bytes:
    file.seek(at)
    return file.read(size)


def _lists(content: bytes, record: int) -> list[Annotation]:
    """Return the annotations in one signal of one record; the record's own time is one without a text."""
    found: list[Annotation] = []
    at = 0
    while at < len(content) and content[at]:
        match = _LIST.match(content, at)
        if match is None:
            raise DataError(f"{_DAMAGED}; export it again")
        found += _texts(match, record)
        at = match.end()
    # Zeros fill the rest. Anything else is a list whose first byte was lost.
    if any(content[at:]):
        raise DataError(f"{_DAMAGED}; export it again")
    return found


def _texts(match: re.Match[bytes], record: int) -> list[Annotation]:
    try:
        texts = match[3].decode("utf-8").split("\x14")[:-1]
    except UnicodeDecodeError:
        shown = "".join(letter if letter.isprintable() else "?" for letter in _decoded(match[3]).rstrip("\x14"))
        raise DataError(
            f'a text in data record {record + 1} is not UTF-8 (in Latin-1 it is "{shown[:60]}"); '
            "save the annotations as UTF-8, or write that text in plain letters"
        ) from None
    if len(texts) > 1 and any(_TIME.match(text) for text in texts):
        # What stands before a duration, or the zero before the next onset, was overwritten: that looks like a text.
        raise DataError(f"{_DAMAGED}: a time stands where a text should; export it again")
    return [Annotation(_seconds(match[1]), _seconds(match[2] or b"0"), text.strip()) for text in texts]
