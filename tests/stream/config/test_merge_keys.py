"""The contract of a bed: in words, and refused where its reviews do not show it."""

import re
from typing import Any

import pytest
from pydantic import ValidationError

from stream.config.merge_keys import Merge

MODEL = "ab" * 32
SHOWN: dict[str, Any] = {
    "promise": (0.8, 14, 14), "promise_model": MODEL, "promise_threshold": 0.95, "most_per_h": 6,
}  # fmt: skip
TOGETHER = "promise, promise_model and promise_threshold go together"
CAP = "at most 6 events an hour without the flag over_cap: a cap, no promise"


def test_a_contract_says_what_it_is() -> None:
    """A cap is no promise, and nothing is promised by default."""
    assert Merge().contract(MODEL, 0.5) == ""
    assert Merge(most_per_h=20).contract(MODEL, 0.5) == (
        "at most 20 events an hour without the flag over_cap: a cap, no promise"
    )
    assert Merge(**SHOWN | {"promise_model": MODEL[:12]}).contract(MODEL, 0.95) == (
        "at least 80% of events true, at 95 %: 14 of 14 drawn and reviewed, from threshold 0.95 on, of model "
        f"abababababab; {CAP}"
    )


@pytest.mark.parametrize("promise", [(0.8, 14, 14), (0.8, 21, 22), (0.8, 28, 30)])
def test_what_reviews_show_is_taken(promise: tuple[float, ...]) -> None:
    """The fewest that show 80 % with none, one and two false ones."""
    assert Merge(**SHOWN | {"promise": promise}).promise == promise


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
        Merge(**SHOWN | {"promise": promise})


def test_another_model_withdraws_the_promise_and_the_cap_stays() -> None:
    """Reviews show nothing of a model whose events nobody has seen."""
    assert Merge(**SHOWN).contract("cd" * 32, 0.95) == (
        f"withdrawn: 80% of events true was shown of model abababababab, and this is cdcdcdcdcdcd; {CAP}"
    )


@pytest.mark.parametrize(("threshold", "begins"), [(0.95, "at least 80%"), (0.99, "at least 80%"), (0.9, "withdrawn")])
def test_a_lower_threshold_withdraws_the_promise(threshold: float, begins: str) -> None:
    """What is called from there on was not all in the draw; from the shown one or a higher one on it holds."""
    contract = Merge(**SHOWN).contract(MODEL, threshold)
    assert Merge(**SHOWN, threshold=threshold).contract(MODEL, 0.97) == contract
    assert contract.startswith(begins)
    assert ("shown from threshold 0.95 on, and these are called from 0.9 on" in contract) == (threshold == 0.9)


@pytest.mark.parametrize(
    ("keys", "line"),
    [
        ({"promise": (0.8, 14, 14)}, TOGETHER),
        ({"promise_model": MODEL}, TOGETHER),
        ({"promise_threshold": 0.95}, TOGETHER),
        ({"promise": (0.8, 14, 14), "promise_model": MODEL}, TOGETHER),
        (SHOWN | {"promise_model": "ab"}, "should match pattern"),
        (SHOWN | {"promise_threshold": 1.0}, "should be less than 1"),
    ],
)
def test_a_promise_names_its_model_and_its_threshold(keys: dict[str, Any], line: str) -> None:
    """The model by twelve digits of its hash at the least."""
    with pytest.raises(ValidationError, match=line):
        Merge(**keys)
