"""Where things lie in an EDF or BDF file, by its header: records, signals, annotations."""

from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final

from models.errors import AGAIN, DataError

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
ANNOTATIONS: Final = frozenset({b"EDF Annotations", b"BDF Annotations"})


@dataclass(frozen=True, slots=True)
class Layout:
    """Where each signal lies in a record: its (offset, bytes), in the header's order; the annotation signals again.

    `lost_bytes` is what a recorder that never closed its file wrote of one more record.
    """

    header_bytes: int
    records: int
    record_s: float
    record_bytes: int
    signals: tuple[tuple[int, int], ...]
    annotations: tuple[tuple[int, int], ...]
    sample_bytes: int
    lost_bytes: int = 0


def layout(path: Path) -> Layout:
    """Return the layout of a file.

    Raises
    ------
    DataError
        if the header is damaged, or the file is not as long as it says
    """
    with path.open("rb") as file:
        return _layout(file, path.stat().st_size, SAMPLE_BYTES[path.suffix.lower()])


def _layout(file: BinaryIO, file_bytes: int, sample_bytes: int) -> Layout:
    try:
        content = file.read(FIXED_BYTES)
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
    if signals < 1 or min(sizes, default=-1) < 0 or not any(sizes):
        raise DataError(f"its header is damaged; {AGAIN}")
    lost_bytes = 0
    if records == UNKNOWN:
        # The recorder did not live to write the number: what is there counts; of the last record a part may lack.
        records, lost_bytes = divmod(file_bytes - header_bytes, sum(sizes))
    if file_bytes != header_bytes + records * sum(sizes) + lost_bytes:
        raise DataError(f"is not as long as its header says; {AGAIN}")
    places = tuple((sum(sizes[:k]), size) for k, size in enumerate(sizes))
    notes = tuple(place for place, name in zip(places, names, strict=True) if name in ANNOTATIONS)
    return Layout(header_bytes, records, record_s, sum(sizes), places, notes, sample_bytes, lost_bytes)
