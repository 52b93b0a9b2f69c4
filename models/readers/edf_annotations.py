"""Annotations of EDF+ and BDF+ files, all of them or an error.

`readable` keeps what it can of damaged annotations, which is right for remarks. Of a marked recording a mark
that is lost turns a discharge into a negative, so here every byte of the annotation signals must be what EDF+ says
(Kemp and Olivan, Clin. Neurophysiol. 2003, section 2.2): time-stamped annotation lists, then zeros, and in every data
record first the record's own time. What cannot be noticed: a character exchanged for another that may stand there.
"""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final

from models.errors import AGAIN, DataError
from models.readers.contract import Annotation
from models.readers.edf_times import LATE_S

# Places and widths of the header are those of Kemp et al., Electroenceph. Clin. Neurophysiol. 1992.
FIXED_BYTES, SIGNAL_BYTES = 256, 256
"""Of the header: what is stated once, and what is stated of each signal."""
RECORDS_AT, DURATION_AT, SIGNALS_AT = slice(236, 244), slice(244, 252), slice(252, 256)
UNKNOWN: Final = -1
"""Number of records in the header while a recording runs, and for good where it was never closed."""
LABEL_BYTES: Final = 16
SAMPLES_AT, SAMPLES_BYTES = 216, 8
"""How many samples each signal has in a record, behind 216 bytes of every signal."""
SAMPLE_BYTES: Final = {".edf": 2, ".bdf": 3}

# Onset with its sign, 0x15 and a duration if there is one, texts that each end with 0x14, and a zero. Control
# characters but tab and newline may not stand in a text: a separator with one bit wrong would become part of it.
_LIST = re.compile(rb"([+-]\d+(?:\.\d+)?)(?:\x15(\d+(?:\.\d+)?))?\x14((?:[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f]*\x14)+)\x00")
# What a text looks like that swallowed the separator before the next onset.
_TIME = re.compile(r"(^|.*[+-])\d+(\.\d+)?$")
_DAMAGED: Final = "its annotations are damaged"
# The same as far as it can be read: any bytes but zeros for the texts.
_READABLE = re.compile(rb"([+-]\d+(?:\.\d*)?)(?:\x15(\d+(?:\.\d*)?))?\x14([^\x00]*)\x00")


@dataclass(frozen=True, slots=True)
class Readable:
    """What can be read of a file's annotation signals: the remarks, and each record's own time, None where it has none.

    `record_s` is the length of a record in seconds.
    """

    annotations: tuple[Annotation, ...]
    times_s: tuple[float | None, ...]
    record_s: float


@dataclass(frozen=True, slots=True)
class _Layout:
    """Where the annotation signals lie: (offset, bytes) in each record of `record_bytes`."""

    header_bytes: int
    records: int
    record_s: float
    record_bytes: int
    annotations: tuple[tuple[int, int], ...]


def readable(path: Path) -> Readable:
    """Return remarks and record times of a file, whatever its annotations look like; texts in UTF-8, else in Latin-1.

    Raises
    ------
    DataError
        if the file is not as long as its header says
    """
    times_s: list[float | None] = []
    found: list[Annotation] = []
    with path.open("rb") as file:
        layout = _layout(file, path.stat().st_size, SAMPLE_BYTES[path.suffix.lower()])
        for record in range(layout.records):
            lists = _readable_lists(file, layout, record)
            # A record's own time stands first, and its first text is empty.
            times_s.append(lists[0].onset_s if lists and not lists[0].text else None)
            found += [one for one in lists if one.text]
    first_s = next((time_s - layout.record_s * k for k, time_s in enumerate(times_s) if time_s is not None), 0.0)
    moved = [Annotation(one.onset_s - first_s, one.duration_s, one.text) for one in found]
    return Readable(tuple(sorted(moved, key=lambda one: one.onset_s)), tuple(times_s), layout.record_s)


def _readable_lists(file: BinaryIO, layout: _Layout, record: int) -> list[Annotation]:
    start = layout.header_bytes + record * layout.record_bytes
    contents = [_bytes(file, start + at, size) for at, size in layout.annotations]
    return [
        Annotation(float(match[1]), float(match[2] or 0), text.strip())
        for content in contents
        for match in _READABLE.finditer(content)
        for text in _decoded(match[3]).rstrip("\x14").split("\x14")
    ]


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
        if any byte of an annotation signal is not as EDF+ says, or the file is not as long as its header says
    """
    with path.open("rb") as file:
        layout = _layout(file, path.stat().st_size, SAMPLE_BYTES[path.suffix.lower()])
        return _annotations(file, layout)


def _annotations(file: BinaryIO, layout: _Layout) -> tuple[Annotation, ...]:
    found: list[Annotation] = []
    first_s = before_s = 0.0
    for record in range(layout.records if layout.annotations else 0):
        start = layout.header_bytes + record * layout.record_bytes
        lists = [entry for at, size in layout.annotations for entry in _lists(_bytes(file, start + at, size), record)]
        if not lists or lists[0].text:
            raise DataError(f"{_DAMAGED}: data record {record + 1} has no time of its own; export it again")
        # The header counts the start in whole seconds; the fraction stands in the first record, and moves all times.
        first_s = first_s if record else lists[0].onset_s
        time_s = lists[0].onset_s
        # Later is a gap, which the samples have as well. Earlier is no time that a record can have.
        if record and time_s < before_s + layout.record_s - LATE_S:
            raise DataError(f"{_DAMAGED}: data record {record + 1} is at {time_s:g} s; split the recording there")
        before_s = time_s
        found += lists
    return tuple(Annotation(one.onset_s - first_s, one.duration_s, one.text) for one in found if one.text)


def _bytes(file: BinaryIO, at: int, size: int) -> bytes:
    file.seek(at)
    return file.read(size)


def _layout(file: BinaryIO, file_bytes: int, sample_bytes: int) -> _Layout:
    try:
        content = _bytes(file, 0, FIXED_BYTES)
        signals = int(content[SIGNALS_AT])
        records, record_s = int(content[RECORDS_AT]), float(content[DURATION_AT])
        content += file.read(SIGNAL_BYTES * max(0, signals))
        labels = content[FIXED_BYTES : FIXED_BYTES + LABEL_BYTES * signals]
        counts = content[FIXED_BYTES + SAMPLES_AT * signals :][: SAMPLES_BYTES * signals]
        sizes = [sample_bytes * int(counts[at : at + SAMPLES_BYTES]) for at in range(0, len(counts), SAMPLES_BYTES)]
    except ValueError:
        raise DataError(f"its header is damaged; {AGAIN}") from None
    # Of every signal, since annotations may be in several: EDF+ allows it, and some writers do.
    names = [labels[at : at + LABEL_BYTES].strip() for at in range(0, len(labels), LABEL_BYTES)]
    header_bytes = FIXED_BYTES + SIGNAL_BYTES * signals
    if records == UNKNOWN and any(sizes):
        # The recorder did not live to write the number: what is there counts.
        records = (file_bytes - header_bytes) // sum(sizes)
    if file_bytes != header_bytes + records * sum(sizes) or signals < 1:
        raise DataError(f"is not as long as its header says; {AGAIN}")
    places = [
        (sum(sizes[:k]), sizes[k]) for k, name in enumerate(names) if name in {b"EDF Annotations", b"BDF Annotations"}
    ]
    return _Layout(header_bytes, records, record_s, sum(sizes), tuple(places))


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
    return [Annotation(float(match[1]), float(match[2] or 0), text.strip()) for text in texts]
