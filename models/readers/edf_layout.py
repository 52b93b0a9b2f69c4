"""Where things lie in an EDF or BDF file, by its header: records, signals, annotations."""

from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final

from models.errors import AGAIN, DataError
from models.readers import edf_tail

# Places and widths of the header are those of Kemp et al., Electroenceph. Clin. Neurophysiol. 1992.
FIXED_BYTES, SIGNAL_BYTES = 256, 256
"""Of the header: what is stated once, and what is stated of each signal."""
HEADER_BYTES_AT, RECORDS_AT = slice(184, 192), slice(236, 244)
DURATION_AT, SIGNALS_AT = slice(244, 252), slice(252, 256)
RANGES_AT, RANGES_BYTES, RANGE_BYTES = 104, 32, 8
"""Physical and digital minimum and maximum of all signals, 8 bytes each, behind 104 bytes of every signal."""
UNKNOWN: Final = -1
"""Number of records in the header while a recording runs, and for good where it was never closed."""
NOT_COUNTED: Final = frozenset({UNKNOWN, 0})
"""Some recorders write 0 for it."""
LABEL_BYTES: Final = 16
SAMPLES_AT, SAMPLES_BYTES = 216, 8
"""How many samples each signal has in a record, behind 216 bytes of every signal."""
SAMPLE_BYTES: Final = {".edf": 2, ".bdf": 3}
BDF_BEGINS, EDF_BEGINS = b"\xff", b"0"
"""How files begin, whatever they are called: a copy may have the other's name."""
ANNOTATIONS: Final = {".edf": b"EDF Annotations", ".bdf": b"BDF Annotations"}
"""The label of an annotation signal; some writers have it in small letters."""


@dataclass(frozen=True, slots=True)
class Layout:
    """Where each signal lies in a record: its (offset, bytes), in the header's order; the annotation signals again.

    `ordinary` are the places in the header of the others, for annotation signals may stand anywhere among them.
    `counted` says whether the header has the number of records, and `stated` is that number where another number is
    there; `lost_bytes` is what is there of one more, `zero_bytes` how many zeros are left out behind the last one.
    """

    header_bytes: int
    records: int
    record_s: float
    record_bytes: int
    signals: tuple[tuple[int, int], ...]
    annotations: tuple[tuple[int, int], ...]
    ordinary: tuple[int, ...]
    sample_bytes: int
    lost_bytes: int = 0
    counted: bool = True
    stated: int = 0
    zero_bytes: int = 0

    @property
    def kind(self) -> str:
        """Which of the two formats it is, ".edf" or ".bdf"."""
        return ".bdf" if self.sample_bytes == SAMPLE_BYTES[".bdf"] else ".edf"


def read_layout(path: Path) -> Layout:
    """Read the layout of a file.

    Raises
    ------
    DataError
        if the header is damaged
    """
    with path.open("rb") as file:
        return _layout(file, path.stat().st_size, path.suffix.lower())


def _layout(file: BinaryIO, file_bytes: int, name: str) -> Layout:
    try:
        content = file.read(FIXED_BYTES)
        sample_bytes = _sample_bytes(content[:8], name)
        signals = _count(content[SIGNALS_AT])
        # A recorder that counts at the end leaves the field as it was: -1, 0 or nothing.
        records, record_s = (
            _count(content[RECORDS_AT].strip(b" \0") or b"-1"),
            float(_with_points(content[DURATION_AT])),
        )
        content += file.read(SIGNAL_BYTES * max(0, signals))
        labels = content[FIXED_BYTES : FIXED_BYTES + LABEL_BYTES * signals]
        counts = content[FIXED_BYTES + SAMPLES_AT * signals :][: SAMPLES_BYTES * signals]
        sizes = [sample_bytes * _count(counts[at : at + SAMPLES_BYTES]) for at in range(0, len(counts), SAMPLES_BYTES)]
    except (ValueError, OverflowError):
        raise DataError(f"its header is damaged; {AGAIN}") from None
    # Of every signal, since annotations may be in several: EDF+ allows it, and some writers do.
    names = [labels[at : at + LABEL_BYTES] for at in range(0, len(labels), LABEL_BYTES)]
    ordinary = tuple(k for k, name in enumerate(names) if not _is_annotations(name))
    header_bytes = FIXED_BYTES + SIGNAL_BYTES * signals
    if signals < 1 or min(sizes, default=-1) < 0 or not any(sizes) or file_bytes < header_bytes:
        raise DataError(f"its header is damaged; {AGAIN}")
    # Annotations alone need no length of a record; for signals it gives the rate.
    if not 0 < record_s < float("inf") and (record_s != 0 or ordinary):
        raise DataError(
            f"its header says that a data record lasts {record_s:g} s, which leaves no sampling rate; export it again"
        )
    counted = records not in NOT_COUNTED
    written_bytes = _written(file, header_bytes, file_bytes, sum(sizes) * (records if counted else 0), sum(sizes))
    there, lost_bytes = divmod(written_bytes, sum(sizes))
    places = tuple((sum(sizes[:k]), size) for k, size in enumerate(sizes))
    notes = tuple(place for k, place in enumerate(places) if k not in ordinary)
    # The records that are there count. Without a stated number the recorder was never closed; with more than stated it
    # was started again and appended to its file; with fewer, a copy broke off.
    stated = records if counted and records != there else 0
    if stated or lost_bytes:
        edf_tail.check_binary(file, header_bytes)
    return Layout(
        header_bytes, there, record_s, sum(sizes), places, notes, ordinary, sample_bytes, lost_bytes, counted, stated,
        zero_bytes=file_bytes - header_bytes - written_bytes,
    )  # fmt: skip


def _written(file: BinaryIO, first: int, end: int, counted_bytes: int, record_bytes: int) -> int:
    """Return how many bytes of the data records are there: what the header counts, and what is more than zeros."""
    least = min(end, first + counted_bytes)
    used = edf_tail.filled(file, least, end) - first
    # A record may end with zeros; an incomplete record is left out in any case.
    return min(end - first, -(-used // record_bytes) * record_bytes)


def _sample_bytes(version: bytes, name: str) -> int:
    if version.startswith(BDF_BEGINS):
        return SAMPLE_BYTES[".bdf"]
    return SAMPLE_BYTES[".edf" if version.strip(b" \0") == EDF_BEGINS else name]


def _count(text: bytes) -> int:
    """Return a whole number, which some programs write as "256.0" or fill up with zeros."""
    value = float(_with_points(text))
    if not value.is_integer():
        raise ValueError(text)
    return int(value)


def _is_annotations(label: bytes) -> bool:
    return label.strip(b" \0").lower() in {name.lower() for name in ANNOTATIONS.values()}


def mended(header: bytes, layout: Layout) -> bytes:
    """Return a header, and what follows it, of one record, with numbers and labels as the format writes them.

    Programs in some languages write a comma in numbers, and some pad with zeros.
    """
    out = bytearray(header)
    out[HEADER_BYTES_AT] = str(layout.header_bytes).encode().ljust(8)
    out[RECORDS_AT] = b"1".ljust(8)
    first, signals = FIXED_BYTES + RANGES_AT * len(layout.signals), len(layout.signals)
    out[SIGNALS_AT] = str(signals).encode().ljust(4)
    counts = [str(size // layout.sample_bytes).encode().ljust(SAMPLES_BYTES) for _, size in layout.signals]
    counts_at = FIXED_BYTES + SAMPLES_AT * signals
    out[counts_at : counts_at + SAMPLES_BYTES * signals] = b"".join(counts)
    for place in (DURATION_AT, slice(first, first + RANGES_BYTES * signals)):
        out[place] = _with_points(out[place])
    for at in range(first + 2 * RANGE_BYTES * signals, first + RANGES_BYTES * signals, RANGE_BYTES):
        out[at : at + RANGE_BYTES] = _whole(out[at : at + RANGE_BYTES])
    # edfio knows annotation signals by this label alone; by its words and ours the same ones must be left.
    for k in set(range(signals)) - set(layout.ordinary):
        at = FIXED_BYTES + LABEL_BYTES * k
        out[at : at + LABEL_BYTES] = ANNOTATIONS[layout.kind].ljust(LABEL_BYTES)
    return bytes(out)


def _whole(number: bytes | bytearray) -> bytes:
    """Return a digital limit as a whole number, which some programs write as "-32768.0"; other text as it is."""
    try:
        return str(_count(bytes(number))).encode().ljust(RANGE_BYTES)
    except (ValueError, OverflowError):
        return bytes(number)


def _with_points(numbers: bytes | bytearray) -> bytes:
    return bytes(numbers).replace(b",", b".").replace(b"\0", b" ")
