"""A recording with what experts marked in it: what every reader of a data set yields, whatever its files look like."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from models.errors import ModelsError
from models.readers.contract import Opened, Recording, whole


@dataclass(frozen=True, slots=True)
class Mark:
    """An expert's judgement on a stretch of a recording.

    `label` is the data set's own word in lower case ("spsw", "bckg", "ied"); `duration_s` 0 marks an instant;
    `derivation` is "T3-T5", or one electrode "T3", or "" where the mark names no place.
    """

    onset_s: float
    duration_s: float
    label: str
    derivation: str = ""


@dataclass(frozen=True, slots=True)
class StageSpan:
    """A stretch of one sleep stage, a word of `windowset.STAGE_CODES`."""

    onset_s: float
    duration_s: float
    stage: str


@dataclass(frozen=True, slots=True)
class Labelled:
    """A recording, whose it is, and its marks; its samples are read when they are wanted.

    `name` and `subject` come from the data set's own file names; `split` is one of `windowset.SPLITS`.
    `complete` says that experts read all of it, so that unmarked time is without discharges; where it is False,
    unmarked time is unknown and never used.
    """

    opened: Opened
    name: str
    subject: str
    marks: tuple[Mark, ...]
    stages: tuple[StageSpan, ...] = ()
    split: str = ""
    complete: bool = True

    @property
    def recording(self) -> Recording:
        """The recording with all its samples, read at once.

        Raises
        ------
        RecordingError
            if it is too long for that
        """
        return whole(self.opened)


@dataclass(frozen=True, slots=True)
class Skipped:
    """A file of which nothing could be used, and why, in one line."""

    path: Path
    reason: str


def each(paths: Iterable[Path], read: Callable[[Path], Labelled]) -> Iterator[Labelled | Skipped]:
    """Read files one at a time; one that cannot be used is skipped, with the reason, and the next is read."""
    for path in paths:
        try:
            yield read(path)
        except (ModelsError, OSError) as problem:
            # One bad file of a corpus must not cost the others; what the path says is in `path` already.
            yield Skipped(path, str(problem).removeprefix(f"{path}: "))


@dataclass(frozen=True, slots=True)
class Choice:
    """Which labels count as a discharge, which as none; windows with any other label are left out.

    `name` is the subset's ("3,3", "1,1", "1,3" for TUEV; "ied" for data sets with one kind of mark).
    """

    name: str
    positive: frozenset[str]
    negative: frozenset[str] = frozenset()
