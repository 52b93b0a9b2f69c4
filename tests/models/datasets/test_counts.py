"""The effective number against its direct form in decimals and against the paper's data sets."""

from decimal import Decimal, localcontext

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.datasets.counts import Counts, effective_number
from models.errors import ModelsError


def direct(drawn: int, total: int) -> float:
    """(1 - b**drawn) / (1 - b) in 60 digits."""
    with localcontext() as context:
        # b**drawn may differ from 1 only in the tenth digit, of which 1 - b**drawn has then lost as many.
        context.prec = 60
        b = (Decimal(total) - 1) / Decimal(total)
        return float((1 - b**drawn) / (1 - b))


@given(st.integers(0, 10**9), st.integers(2, 10**9))
def test_effective_number_is_its_direct_form(drawn: int, total: int) -> None:
    """Nothing is lost to cancellation."""
    assert effective_number(drawn, total) == pytest.approx(direct(drawn, total), rel=1e-12)


@pytest.mark.parametrize(
    ("counts", "expected"),
    [
        (Counts(645, 65_949), 41_857),
        (Counts(645, 53_726), 34_131),
        (Counts(18_083, 65_949), 45_696),
        (Counts(1_792, 90_187), 57_476),
        (Counts(10_923, 71_529), 47_823),
    ],
)
def test_effective_negatives_of_the_papers_data_sets(counts: Counts, expected: int) -> None:
    """TUEV1,3, TUEV1,1, TUEV3,3, ICM8 and ICM1."""
    assert counts.effective_negatives == expected


def test_counts_need_both_classes() -> None:
    """A data set of one class is refused with its counts."""
    with pytest.raises(ModelsError, match="0 positives and 7 negatives"):
        Counts(0, 7)
    with pytest.raises(ModelsError, match="needs two samples"):
        effective_number(1, 1)
