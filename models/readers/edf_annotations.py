"""Annotations of EDF+ and BDF+ files, all of them or an error.

`recording.read` keeps what it can of damaged annotations, which is right for remarks. Of a marked recording a mark
that is lost turns a discharge into a negative, so here every byte of the annotation signals must be what EDF+ says
(Kemp and Olivan, Clin. Neurophysiol. 2003, section 2.2): time-stamped annotation lists, then zeros, and in every data
record first the record's own time. What cannot be noticed: a character exchanged for another that may stand there.
"""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final

from models.errors import AGAIN, DataError
from models.readers.recording import Annotation

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
LATE_S: Final = 0.01
"""By how much a record's own time may be off: writers round it."""

# Onset with its sign, 0x15 and a duration if there is one, texts that each end with 0x14, and a zero. Control
# characters but tab and newline may not stand in a text: a separator with one bit wrong would become part of it.
_LIST = re.compile(rb"([+-]\d+(?:\.\d+)?)(?:\x15(\d+(?:\.\d+)?))?\x14((?:[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f]*\x14)+)\x00")
# What a text looks like that swallowed the separator before the next onset.
_TIME = re.compile(r"(^|.*[+-])\d+(\.\d+)?$")
_DAMAGED: Final = "its annotations are damaged"


@dataclass(frozen=True, slots=True)
class _Layout:
    """Where the annotation signals lie: (offset, bytes) in each record of `record_bytes`."""

    header_bytes: int
    records: int
    record_s: float
    record_bytes: int
    annotations: tuple[tuple[int, int], ...]


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
    first_s = 0.0
    for record in range(layout.records if layout.annotations else 0):
        start = layout.header_bytes + record * layout.record_bytes
        lists = [entry for at, size in layout.annotations for entry in _lists(_bytes(file, start + at, size))]
        if not lists or lists[0].text:
            raise DataError(f"{_DAMAGED}: data record {record + 1} has no time of its own; export it again")
        # The header counts the start in whole seconds; the fraction stands in the first record, and moves all times.
        first_s = first_s if record else lists[0].onset_s
        if abs(lists[0].onset_s - first_s - record * layout.record_s) > LATE_S:
            raise DataError(f"{_DAMAGED}: data record {record + 1} is at {lists[0].onset_s:g} s; export it as EDF+C")
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


def _lists(content: bytes) -> list[Annotation]:
    """Return the annotations in one signal of one record; the record's own time is one without a text."""
    found: list[Annotation] = []
    at = 0
    while at < len(content) and content[at]:
        match = _LIST.match(content, at)
        if match is None:
            raise DataError(f"{_DAMAGED}; export it again")
        found += _texts(match)
        at = match.end()
    # Zeros fill the rest. Anything else is a list whose first byte was lost.
    if any(content[at:]):
        raise DataError(f"{_DAMAGED}; export it again")
    return found


def _texts(match: re.Match[bytes]) -> list[Annotation]:
    try:
        texts = match[3].decode("utf-8").split("\x14")[:-1]
    except UnicodeDecodeError:
        raise DataError(f"{_DAMAGED}: a text is not UTF-8; export it again") from None
    if len(texts) > 1 and any(_TIME.match(text) for text in texts):
        # What stands before a duration, or the zero before the next onset, was overwritten: that looks like a text.
        raise DataError(f"{_DAMAGED}: a time stands where a text should; export it again")
    return [Annotation(float(match[1]), float(match[2] or 0), text.strip()) for text in texts]
