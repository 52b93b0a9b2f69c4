"""How long a sender's chunks are, however they are pulled."""

import pytest

from stream.acquire.chunks import FIRST_PAUSE_S, Chunks
from stream.acquire.link import FIRST_CHUNK_S

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


@pytest.mark.parametrize("times", [4.1, 100.0])
def test_a_sender_that_declares_too_low_a_rate_sends_no_endless_chunk(times: float) -> None:
    """All that it sends comes faster than by its rate: silence would never be called."""
    assert usual_s(*((0.1 * chunk, round(10 * times)) for chunk in range(100))) == round(10 * times) / RATE_HZ


def test_the_first_chunk_may_be_as_long_as_the_link_waits_for_it() -> None:
    """The pause before it is not known."""
    assert FIRST_PAUSE_S == FIRST_CHUNK_S


def test_before_the_first_chunk_nothing_is_known() -> None:
    """And the link waits longer for it."""
    assert usual_s() == 0.0
