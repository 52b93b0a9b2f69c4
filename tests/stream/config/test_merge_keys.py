"""The contract of a bed: in words, and refused where its reviews do not show it."""

import re
from typing import Any

import pytest
from pydantic import ValidationError

from stream.config.merge_keys import Merge

MODEL = "ab" * 32


def test_a_contract_says_what_it_is() -> None:
    """A cap is no promise, and nothing is promised by default."""
    assert Merge().contract(MODEL) == ""
    assert (
        Merge(most_per_h=20).contract(MODEL) == "at most 20 events an hour without the flag over_cap: a cap, no promise"
    )
    assert Merge(promise=(0.8, 14, 14), promise_model=MODEL[:12], most_per_h=6).contract(MODEL) == (
        "at least 80% of events true, at 95 %: 14 of 14 drawn and reviewed, of model abababababab; "
        "at most 6 events an hour without the flag over_cap: a cap, no promise"
    )


@pytest.mark.parametrize("promise", [(0.8, 14, 14), (0.8, 21, 22), (0.8, 28, 30)])
def test_what_reviews_show_is_taken(promise: tuple[float, ...]) -> None:
    """The fewest that show 80 % with none, one and two false ones."""
    assert Merge(promise=promise, promise_model=MODEL).promise == promise


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
        Merge(promise=promise, promise_model=MODEL)


def test_another_model_withdraws_the_promise_and_the_cap_stays() -> None:
    """Reviews show nothing of a model whose events nobody has seen."""
    merge = Merge(promise=(0.8, 14, 14), promise_model=MODEL, most_per_h=6)
    assert merge.contract("cd" * 32) == (
        "withdrawn: 80% of events true was shown of model abababababab, and this is cdcdcdcdcdcd; "
        "at most 6 events an hour without the flag over_cap: a cap, no promise"
    )


@pytest.mark.parametrize(
    ("keys", "line"),
    [
        ({"promise": (0.8, 14, 14)}, "promise and promise_model go together"),
        ({"promise_model": MODEL}, "promise and promise_model go together"),
        ({"promise": (0.8, 14, 14), "promise_model": "ab"}, "should match pattern"),
    ],
)
def test_a_promise_names_its_model(keys: dict[str, Any], line: str) -> None:
    """By twelve digits of its hash at the least."""
    with pytest.raises(ValidationError, match=line):
        Merge(**keys)
