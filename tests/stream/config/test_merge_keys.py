"""The contract of a bed: in words, and refused where its reviews do not show it."""

import re

import pytest
from pydantic import ValidationError

from stream.config.merge_keys import Merge


def test_a_contract_says_what_it_is() -> None:
    """A cap is no promise, and nothing is promised by default."""
    assert Merge().contract == ""
    assert Merge(most_per_h=20).contract == "at most 20 events an hour without the flag over_cap: a cap, no promise"
    assert Merge(promise=(0.8, 14, 14), most_per_h=6).contract == (
        "at least 80% of events true, at 95 %: 14 of 14 drawn and reviewed; "
        "at most 6 events an hour without the flag over_cap: a cap, no promise"
    )


@pytest.mark.parametrize("promise", [(0.8, 14, 14), (0.8, 21, 22), (0.8, 28, 30)])
def test_what_reviews_show_is_taken(promise: tuple[float, ...]) -> None:
    """The fewest that show 80 % with none, one and two false ones."""
    assert Merge(promise=promise).promise == promise


@pytest.mark.parametrize(
    ("promise", "line"),
    [
        ((0.8, 13, 13), "13 of 13 true do not show 80% at 95 %"),
        ((0.8, 20, 22), "20 of 22 true do not show 80%"),
        ((0.8, 14), "a promise is [share, true, reviews]"),
        ((0.8, 15, 14), "whole numbers of true events and of reviews"),
        ((0.8, 14.5, 15), "whole numbers of true events and of reviews"),
        ((1.0, 14, 14), "a share above 0 and below 1"),
    ],
)
def test_what_reviews_do_not_show_is_refused(promise: tuple[float, ...], line: str) -> None:
    """In a line that says why."""
    with pytest.raises(ValidationError, match=re.escape(line)):
        Merge(promise=promise)
