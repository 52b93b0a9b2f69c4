"""What is marked in one recording, by a file of its own marks."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from models.datasets import mark_files
from models.datasets.mark_files import Discharges, Marked, Span
from models.errors import DataError
from models.readers.recording import open_recording
from models.readers.xdf import Wanted
from stream.errors import InputError


@dataclass(slots=True)
class Marks:
    """What is marked in one file; `subject` is the file's name where nothing names one.

    `times_s`, `spans_s` and `runs_s` are as `Discharges` has them.
    """

    subject: str
    times_s: list[float] = field(default_factory=list)
    spans_s: list[Span] = field(default_factory=list)
    runs_s: list[Span] = field(default_factory=list)

    @classmethod
    def of(cls, subject: str, found: Discharges) -> "Marks":
        """Return discharges as marks of a subject."""
        return cls(subject, list(found.times_s), list(found.spans_s), list(found.runs_s))

    @property
    def are_none(self) -> bool:
        """Whether nothing is marked."""
        return not (self.times_s or self.spans_s or self.runs_s)


def own_marks(marks: Path, recording: Path, words: Sequence[str]) -> Marks:
    """Read a file of one recording's marks; `words` mean a discharge beside those that are known.

    Raises
    ------
    InputError
        that names the file and the remedy
    """
    try:
        return Marks.of(recording.name, mark_files.read(marks, marked_of(recording, words)))
    except DataError as problem:
        raise InputError(str(problem)) from None


def marked_of(recording: Path, words: Sequence[str]) -> Marked:
    """Return what must be known of a recording to read its marks."""
    opened = open_recording(recording, Wanted(type=""))
    return Marked.of(opened.head, opened.duration_s, words)
