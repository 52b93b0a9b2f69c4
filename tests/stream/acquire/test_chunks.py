"""How long a sender's chunks are, however they are pulled."""

import pytest

from stream.acquire.chunks import Chunks

RATE_HZ = 100.0


def usual_s(*pulled: tuple[float, int]) -> float:
    """Return the usual chunk of pulls, each with its arrival (s) and its samples."""
    chunks = Chunks(RATE_HZ)
    for arrival_s, length in pulled:
        chunks.note(length, arrival_s)
    return chunks.usual_s


def test_a_long_chunk_that_is_pulled_in_pieces_is_one() -> None:
    """Five pieces of a second, a few milliseconds apart, every five seconds."""
    pulls = [(5.0 * chunk + 0.02 * piece, 100) for chunk in range(4) for piece in range(5)]
    assert usual_s(*pulls) == 5.0


@pytest.mark.parametrize("length", [1, 5, 100])
def test_chunks_that_come_in_real_time_are_each_their_own(length: int) -> None:
    """Jitter of half a chunk joins none of them."""
    pulls = [((chunk + 0.5 * (chunk % 2)) * length / RATE_HZ, length) for chunk in range(20)]
    assert usual_s(*pulls) == length / RATE_HZ


def test_one_backlog_does_not_change_what_is_usual() -> None:
    """A minute that comes at once is one chunk of many."""
    pulls = [(0.1 * chunk, 10) for chunk in range(20)] + [(62.0 + 0.01 * piece, 100) for piece in range(60)]
    assert usual_s(*pulls) == 0.1


def test_before_the_first_chunk_nothing_is_known() -> None:
    """And the link waits longer for it."""
    assert usual_s() == 0.0
