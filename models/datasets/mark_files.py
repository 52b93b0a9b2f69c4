"""What an expert marked in one recording, whatever program it was marked with: discharges by time, places aside.

A `.rec` of TUEV, a BIDS `*_events.tsv`, a table with columns onset, duration, label (`mark_tables`), annotations of an
EDF+ or BDF+ (the recording's own, or a file of annotations alone), vEpiSet's `.mat`, and the remarks in what other
readers read.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from models.datasets import mark_tables, tuev, vepiset, vocabulary
from models.datasets.annotations import Mark
from models.datasets.mark_times import Extent
from models.errors import DataError, ModelsError
from models.readers import edf_annotations, vepiset_mat
from models.readers import mat as matfile
from models.readers.contract import Recording
from models.readers.recording import open_recording
from models.readers.vendor import READERS
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

    `times_s` are those marked as instants; in each of `spans_s` lies one, at an unknown place; `runs_s` are stretches
    in which discharges follow each other.
    """

    times_s: tuple[float, ...] = ()
    spans_s: tuple[Span, ...] = ()
    runs_s: tuple[Span, ...] = ()


@dataclass(frozen=True, slots=True)
class Marked:
    """What must be known of a recording to read its marks: channels, whose names are places in a text, and when it was.

    `words` are more texts that mean a discharge.
    """

    labels: Sequence[str]
    extent: Extent
    words: Sequence[str] = ()

    @classmethod
    def of(cls, recording: Recording, length_s: float, words: Sequence[str] = ()) -> "Marked":
        """Return what must be known of a recording."""
        return cls(recording.labels, Extent(recording.start_utc, length_s), words)


def read(path: Path, marked: Marked) -> Discharges:
    """Read the discharges that a file of marks has.

    Raises
    ------
    DataError
        in one line that names the file, if it cannot be read as marks, or none of its marks is a discharge
    """
    kind = path.suffix.lower()
    if kind not in _READERS:
        raise DataError(f"{path}: of no kind that holds marks; give one of {', '.join(KINDS)}")
    try:
        return joined(_READERS[kind](path, marked))
    except OSError as problem:
        raise DataError(f"{path}: cannot be read ({problem.strerror}); check the path") from None
    except ModelsError as problem:
        # Readers of tables name the file by themselves, without its folder.
        raise DataError(f"{path}: {str(problem).removeprefix(f'{path.name}: ')}") from None


def joined(marks: Sequence[Mark]) -> Discharges:
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


def meant(notes: Sequence[Mark], marked: Marked) -> list[Mark]:
    """Return which notes mean a discharge; no note at all says that an expert read the recording and marked nothing.

    Raises
    ------
    DataError
        if there are notes in words, and none of them means a discharge
    """
    marks, _ = vocabulary.interpret(
        notes, labels=marked.labels, length_s=marked.extent.length_s, positive_words=marked.words
    )
    found = [mark for mark in marks if mark.label == vocabulary.IED]
    if marks and not found:
        # In another language or a clinic's own abbreviations they may all be discharges.
        raise DataError(vocabulary.no_discharge(marks))
    return found


def _rec(path: Path, _marked: Marked) -> list[Mark]:
    return [mark for mark in tuev.rec_marks(path) if mark.label in TUEV_DISCHARGES]


def _table(path: Path, marked: Marked) -> list[Mark]:
    return meant(mark_tables.notes(path, marked.extent), marked)


def _fif(path: Path, marked: Marked) -> list[Mark]:
    return (_table if path.name.endswith(mark_tables.FIF_ENDS) else _recorded)(path, marked)


def _annotations(path: Path, marked: Marked) -> list[Mark]:
    return _required([Mark(note.onset_s, note.duration_s, note.text) for note in edf_annotations.read(path)], marked)


def _mat(path: Path, marked: Marked) -> list[Mark]:
    return _required(vepiset.remarks(vepiset_mat.recording(matfile.read(path)).annotations), marked)


def _recorded(path: Path, marked: Marked) -> list[Mark]:
    notes = open_recording(path).head.annotations
    return _required([Mark(note.onset_s, note.duration_s, note.text) for note in notes], marked)


def _required(notes: Sequence[Mark], marked: Marked) -> list[Mark]:
    found = meant(notes, marked)
    if not found:
        # Nothing says that an expert looked for discharges.
        raise DataError("no discharge is marked in it; give a table of marks")
    return found


_Reader = Callable[[Path, Marked], list[Mark]]
_READERS: Final[Mapping[str, _Reader]] = {
    **dict.fromkeys((*READERS, ".mefd"), _recorded),
    **dict.fromkeys(mark_tables.SUFFIXES, _table),
    mark_tables.FIF: _fif,
    ".rec": _rec,
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
    candidates = [*rec, *bids, *mark_tables.beside(path), *own]
    return next((one for one in candidates if one.exists()), None)
