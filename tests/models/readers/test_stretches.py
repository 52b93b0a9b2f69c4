"""Stretches of a recording: gaps between them, pieces of each, and where a place in the file is in the recording."""

import numpy as np

from models.readers import stretches
from models.readers.stretches import Stretch

TWO = [Stretch(0, 0, 10), Stretch(15, 10, 6)]


def test_no_piece_reaches_over_a_break() -> None:
    """From the beginning, and from the middle of a stretch."""
    asked: list[tuple[int, int]] = []

    def samples(begin: int, end: int) -> np.ndarray:
        asked.append((begin, end))
        return np.arange(begin, end, dtype=np.float32)[None]

    pieces = stretches.pieces(samples, TWO, 4)
    assert [(at, found.tolist()) for at, found in pieces(8)] == [
        (8, [[8.0, 9.0]]),
        (15, [[10.0, 11.0, 12.0, 13.0]]),
        (19, [[14.0, 15.0]]),
    ]
    assert asked == [(8, 10), (10, 14), (14, 16)]
    assert [at for at, _ in pieces(0)] == [0, 4, 8, 15, 19]


def test_gaps_lie_between_the_stretches() -> None:
    """First sample, and one past the last."""
    assert stretches.gaps(TWO) == ((10, 15),)
    assert stretches.gaps(TWO[:1]) == ()


def test_a_place_in_the_file_moves_by_what_is_missing_before_it() -> None:
    """A hair before the first sample of a stretch is in it: seconds are rounded."""
    assert [stretches.shift(TWO, stored) for stored in (-3, 0, 9.4, 9.9999, 10, 300)] == [0, 0, 0, 5, 5, 5]
