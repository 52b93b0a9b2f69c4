"""What an expert marked in one recording, whatever program it was marked with: discharges by time, places aside.

A `.rec` of TUEV, a BIDS `*_events.tsv`, a table with columns onset, duration, label, annotations of an EDF+ or BDF+
(the recording's own, or a file of annotations alone), and vEpiSet's `.mat`.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from models.datasets import tables, tuev, vepiset, vocabulary
from models.datasets.annotations import Mark
from models.errors import DataError, ModelsError
from models.readers import edf_annotations, vepiset_mat
from models.readers import mat as matfile
from models.signal.conditioning import MODEL_RATE_HZ
from models.signal.window_geometry import WINDOW_SAMPLES

TUEV_DISCHARGES: Final = tuev.SUBSETS["3,3"].positive
LONGEST_S: Final = WINDOW_SAMPLES / MODEL_RATE_HZ
"""In a longer mark, discharges follow each other."""
SAME_S: Final = 0.1
"""Marks as close together are one discharge, marked at several places."""

Span = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Discharges:
    """Discharges of one recording, in seconds from its start.

    `times_s` are those marked as instants; in each of `spans_s` lies one, nobody says where; `runs_s` are stretches in
    which discharges follow each other.
    """

    times_s: tuple[float, ...] = ()
    spans_s: tuple[Span, ...] = ()
    runs_s: tuple[Span, ...] = ()


def read(path: Path, labels: Sequence[str], length_s: float) -> Discharges:
    """Read the discharges that a file of marks has.

    Parameters
    ----------
    labels
        the recording's channels, whose names are places in a text
    length_s
        of the recording

    Raises
    ------
    DataError
        in one line that names the file, if it cannot be read as marks, or none of its marks is a discharge
    """
    kind = path.suffix.lower()
    if kind not in _READERS:
        raise DataError(f"{path}: of no kind that holds marks; give one of {', '.join(KINDS)}")
    try:
        return _joined(_READERS[kind](path, labels, length_s))
    except OSError as problem:
        raise DataError(f"{path}: cannot be read ({problem.strerror}); check the path") from None
    except ModelsError as problem:
        raise DataError(f"{path}: {problem}") from None


def _joined(marks: Sequence[Mark]) -> Discharges:
    """Join the marks of one discharge at several places."""
    spans: list[Span] = []
    for mark in sorted(marks, key=lambda one: (one.onset_s, one.duration_s)):
        begin_s, end_s = mark.onset_s, mark.onset_s + mark.duration_s
        # Rows of several derivations over one discharge overlap by most of their length.
        if spans and begin_s - spans[-1][0] <= max(SAME_S, (spans[-1][1] - spans[-1][0]) / 2):
            spans[-1] = spans[-1][0], max(spans[-1][1], end_s)
        else:
            spans.append((begin_s, end_s))
    # To the microsecond: 19.1 - 19.0 is a little more than 0.1.
    lengths_s = [round(end_s - begin_s, 6) for begin_s, end_s in spans]
    return Discharges(
        tuple(span[0] for span, length_s in zip(spans, lengths_s, strict=True) if length_s <= SAME_S),
        tuple(span for span, length_s in zip(spans, lengths_s, strict=True) if SAME_S < length_s <= LONGEST_S),
        tuple(span for span, length_s in zip(spans, lengths_s, strict=True) if length_s > LONGEST_S),
    )


def _rec(path: Path, _labels: Sequence[str], _length_s: float) -> list[Mark]:
    return [mark for mark in tuev.rec_marks(path) if mark.label in TUEV_DISCHARGES]


def _table(path: Path, labels: Sequence[str], length_s: float) -> list[Mark]:
    # A table of no lines says that an expert read the recording and marked nothing.
    return _meant(tables.notes(path, tables.text_column(path)), labels, length_s)


def _annotations(path: Path, labels: Sequence[str], length_s: float) -> list[Mark]:
    notes = [Mark(note.onset_s, note.duration_s, note.text) for note in edf_annotations.read(path)]
    return _required(_meant(notes, labels, length_s), notes)


def _mat(path: Path, labels: Sequence[str], length_s: float) -> list[Mark]:
    notes = vepiset.remarks(vepiset_mat.recording(matfile.read(path)).annotations)
    return _required(_meant(notes, labels, length_s), notes)


def _meant(notes: Sequence[Mark], labels: Sequence[str], length_s: float) -> list[Mark]:
    marks, _ = vocabulary.interpret(notes, labels=labels, length_s=length_s)
    return [mark for mark in marks if mark.label == vocabulary.IED]


def _required(found: list[Mark], notes: Sequence[Mark]) -> list[Mark]:
    if not found:
        # They may be the recorder's own remarks: then nobody looked for discharges.
        words = f" ({vocabulary.words_of(notes)})" if notes else ""
        raise DataError(f"none of its annotations is a discharge{words}; give a table of marks")
    return found


_Reader = Callable[[Path, Sequence[str], float], list[Mark]]
_READERS: Final[Mapping[str, _Reader]] = {
    ".rec": _rec,
    ".tsv": _table,
    ".csv": _table,
    ".edf": _annotations,
    ".bdf": _annotations,
    ".mat": _mat,
}
KINDS: Final = tuple(_READERS)
"""Endings of files that hold marks of one recording."""


def beside(path: Path) -> Path | None:
    """Return the file with a recording's marks: its `.rec`, its events by BIDS, a table of its name, or itself."""
    stem, _, kind = path.stem.rpartition("_")
    bids = [path.with_name(f"{stem}_events.tsv")] if kind in {"eeg", "ieeg"} else []
    # Polygraphs call their EDF ".rec", too.
    rec = [path.with_suffix(".rec")] if path.suffix.lower() != ".rec" else []
    own = [path] if rec and path.suffix.lower() in _READERS else []
    candidates = [*rec, *bids, *tables.beside(path), *own]
    return next((one for one in candidates if one.is_file()), None)
