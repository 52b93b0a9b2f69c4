"""What a library raises and warns of while the samples are read: one line, and remarks."""

import warnings
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from models.errors import RecordingError
from models.readers.complaints import guarded, one_line
from models.readers.contract import Opened, Piece, Recording

HEAD = Recording(np.zeros((1, 0), np.float32), 100.0, ("Fp1",), ("uV",), ("",))
SAMPLES = np.ones((1, 50), np.float32)


def failing(first: int) -> Iterator[Piece]:
    """Yield one piece with a warning, and stumble over the second."""
    warnings.warn("a clock was set", RuntimeWarning, stacklevel=1)
    yield first, SAMPLES
    warnings.warn("a clock was set", RuntimeWarning, stacklevel=1)
    raise ValueError("cannot reshape\narray")


def test_what_is_raised_between_two_pieces_is_one_line() -> None:
    """The piece before it is there."""
    pieces = guarded(Path("a.fif"), ".fif", Opened(HEAD, 100, failing)).pieces(0)
    assert next(pieces)[0] == 0
    with pytest.raises(
        RecordingError, match=r"^a.fif: cannot be read as .fif \(cannot reshape array\); copy or export"
    ):
        next(pieces)


def test_a_warning_while_samples_are_read_is_a_remark_once() -> None:
    """It is not written to stderr, however often it comes."""
    opened = guarded(Path("a.fif"), ".fif", Opened(HEAD, 100, failing))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for _ in range(2):
            pieces = opened.pieces(0)
            next(pieces)
            with pytest.raises(RecordingError):
                next(pieces)
    assert opened.warned == ["its reader warns: a clock was set"]


def test_a_reader_that_says_the_file_is_cut_off_ends_it() -> None:
    """Its warning is the reason."""

    def cut_off(_first: int) -> Iterator[Piece]:
        warnings.warn("truncated record", stacklevel=1)
        yield 0, SAMPLES

    with pytest.raises(RecordingError, match=r"a.edf: is cut off or damaged \(truncated record\)"):
        next(guarded(Path("a.edf"), ".edf", Opened(HEAD, 100, cut_off)).pieces(0))


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('  File "/usr/lib/reader.py", line 7, in read\n    raise', "ValueError"),
        ("Wrong number of samples, please report this error", "Wrong number of samples"),
        ("", "ValueError"),
    ],
)
def test_what_is_for_a_librarys_authors_is_not_told(text: str, told: str) -> None:
    """Whoever has the file can do nothing with it."""
    with (
        pytest.raises(RecordingError, match=rf"^a.cnt: cannot be read as .cnt \({told}\); copy or export it again$"),
        one_line(Path("a.cnt"), ".cnt"),
    ):
        raise ValueError(text)
