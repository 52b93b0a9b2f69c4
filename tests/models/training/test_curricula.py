"""PreBCE's one draw, and IncNeg against the sequences that paper and code give."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.datasets.counts import Counts
from models.errors import ModelsError
from models.training.curricula import IncNeg, PreBCE
from models.training.sampling.random import RandomSampler

# One positive, so that a count of negatives is the ratio; so many negatives that nothing caps it.
MANY = Counts(1, 10**9)


def ratios(curriculum: IncNeg, epochs: int) -> list[int]:
    """Negatives per positive at the first epochs."""
    return [curriculum.negatives(epoch) // curriculum.counts.positives for epoch in range(epochs)]


def test_the_papers_growth_is_the_square_of_the_epoch() -> None:
    """With a = sqrt(2), b = 2: 1, 4, 9, 16, ... with no square lost to rounding."""
    # Floats alone miss nearly every square: 2**(2 log2(e)) is 3.9999999999 at e = 2.
    assert ratios(IncNeg(MANY, 10**8), 2000) == [e * e for e in range(1, 2001)]


@pytest.mark.parametrize(
    ("a", "expected"),
    [
        (math.sqrt(2), [1, 2, 4, 8, 16, 32, 32, 32, 64, 64, 64, 128, 128]),
        (1.5, [1, 2, 4, 8, 8, 16, 16, 32, 32, 32, 32, 64, 64]),
    ],
)
def test_the_official_steps(a: float, expected: list[int]) -> None:
    """Both published settings."""
    assert ratios(IncNeg(MANY, 10**8, a, 2.0, "steps"), 13) == expected


@given(st.floats(1.05, 5), st.floats(0, 4), st.integers(2, 3000))
def test_steps_are_those_of_an_epoch_by_epoch_loop(a: float, more: float, sampled: int) -> None:
    """The released rule, one epoch after the other: expand when due, then look up the next due epoch."""
    b = a + more
    curriculum = IncNeg(MANY, sampled, a, b, "steps")
    # The state of the released code's loop, under its own names.
    ratio, due, expansion, full = 1, 1, 1, False
    for epoch in range(40):
        if not full and epoch >= due:
            ratio = math.floor(b**expansion)
            expansion += 1
            due = math.floor(a**expansion)
        full = full or ratio >= sampled
        assert curriculum.negatives(epoch) == min(ratio, sampled)


def test_negatives_count_in_positives_up_to_what_is_sampled() -> None:
    """645 a time until E(n0) = 41,857 of TUEV1,3 is reached at the ninth epoch, 8 * 8 * 645 being less."""
    counts = Counts(645, 65_949)
    curriculum = IncNeg(counts, counts.effective_negatives)
    assert [curriculum.negatives(epoch) for epoch in (0, 1, 7, 8, 99)] == [645, 2580, 41_280, 41_857, 41_857]
    assert curriculum.full_from() == 8


def test_nothing_is_held_back_when_all_negatives_are_used() -> None:
    """IncNeg acts only where n0s < n0."""
    curriculum = IncNeg(Counts(5, 100), 100)
    assert not curriculum.active
    assert curriculum.negatives(0) == 100
    assert curriculum.full_from() == 0


def test_growth_that_overflows_floats_is_capped() -> None:
    """A base just above 1 asks for more than floats hold; the cap answers."""
    assert IncNeg(MANY, 1000, 1.0001, 2.0).negatives(50) == 1000
    assert IncNeg(MANY, 1000, 1.0001, 2.0, "steps").negatives(5000) == 1000


@pytest.mark.parametrize(("a", "b"), [(1.0, 2.0), (0.5, 2.0), (3.0, 2.0), (math.nan, 2.0)])
def test_bases_out_of_order_are_refused(a: float, b: float) -> None:
    """1 < a <= b."""
    with pytest.raises(ModelsError, match="1 < a <= b"):
        IncNeg(MANY, 10, a, b)


def test_impossible_counts_are_refused() -> None:
    """More negatives than there are, or an epoch before the first."""
    with pytest.raises(ModelsError, match="there are 10"):
        IncNeg(Counts(1, 10), 11)
    with pytest.raises(ModelsError, match="count from 0"):
        IncNeg(MANY, 10).negatives(-1)


def test_prebce_draws_once_as_many_negatives_as_positives() -> None:
    """The same different negatives whenever asked, others for another seed and than the sampler's."""
    counts = Counts(50, 1000)
    drawn = PreBCE(counts, seed=3).negatives()
    assert len(set(drawn.tolist())) == 50
    assert 0 <= drawn.min() <= drawn.max() < 1000
    assert np.array_equal(drawn, PreBCE(counts, seed=3).negatives())
    assert not np.array_equal(drawn, PreBCE(counts, seed=4).negatives())
    # The same seed on purpose: streams have to keep the two draws apart.
    assert set(drawn.tolist()) != set(RandomSampler(1000, 3).draw(0, 50).tolist())
    assert PreBCE(counts, seed=3).epochs == 3


def test_prebce_takes_all_negatives_where_they_are_fewer() -> None:
    """A data set with more positives than negatives."""
    assert PreBCE(Counts(50, 20), seed=0).negatives().tolist() == list(range(20))
