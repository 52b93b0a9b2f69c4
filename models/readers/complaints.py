"""What the library of a format raises becomes one line that names the file, and what it warns of becomes a remark."""

import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Final

from models.errors import AGAIN, RecordingError
from models.readers.contract import Opened, Piece

_CUT_OFF: Final = ("truncated", "but file contains")
"""In warnings of edfio about a file that was cut off, of which it reads what is there."""
_NO_DAMAGE: Final = "indicates -1 "
"""The number of records was not known when the recording began, and follows from the length of the file."""
_FOR_PROGRAMMERS: Final = (DeprecationWarning, PendingDeprecationWarning, FutureWarning, ResourceWarning)
"""Warnings of a library about its own future: nothing in them is about the recording."""

_TO_ITS_AUTHORS: Final = ", please report"
"""What stands behind it in an error is no remedy for whoever has the file."""

_CODE: Final = 'File "'


@contextmanager
def one_line(path: Path, kind: str) -> Iterator[None]:
    """Raise whatever a reader of this kind of files raises as one line about the file.

    Raises
    ------
    RecordingError
        in place of every exception
    """
    try:
        yield
    except RecordingError as error:
        raise RecordingError(f"{path}: {error}") from error
    except Exception as error:
        # Damaged bytes make the readers raise many kinds of errors.
        text, _, _ = " ".join(str(error).split()).partition(_TO_ITS_AUTHORS)
        # Some raise with lines of their own code as the text.
        what = (text if not text.startswith(_CODE) else "")[:120] or type(error).__name__
        raise RecordingError(f"{path}: cannot be read as {kind} ({what}); {AGAIN}") from error


def remarks_of(caught: Sequence[warnings.WarningMessage]) -> tuple[str, ...]:
    """Return each warning of a reader as a remark, but those that are known to mean no damage.

    Raises
    ------
    RecordingError
        if one says that the file is cut off
    """
    remarks = []
    for warning in caught:
        text = " ".join(str(warning.message).split())
        if any(words in text for words in _CUT_OFF) and _NO_DAMAGE not in text:
            raise RecordingError(f"is cut off or damaged ({text}); {AGAIN}")
        if not (_NO_DAMAGE in text or issubclass(warning.category, _FOR_PROGRAMMERS)):
            remarks.append(f"its reader warns: {text}")
    return tuple(dict.fromkeys(remarks))


def guarded(path: Path, kind: str, opened: Opened) -> Opened:
    """Return a recording whose pieces end in one line too, where reading the samples is what fails."""

    def pieces(first: int) -> Iterator[Piece]:
        reading = opened.pieces(first)
        while True:
            # Around each piece alone: what the caller does between two of them may warn as it likes.
            with one_line(path, kind), warnings.catch_warnings(record=True) as caught:
                warnings.simplefilter("always")
                piece = next(reading, None)
                opened.warned.extend(text for text in remarks_of(caught) if text not in opened.warned)
            if piece is None:
                return
            yield piece

    return replace(opened, pieces=pieces)
