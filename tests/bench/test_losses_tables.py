"""Tables of the bench on losses show its figures."""

import pytest

from bench.losses_tables import NAMES, PAGE, average_ranks, difference, page, spread, tables
from bench.marked import committed


def test_the_best_has_rank_one_and_equals_share_theirs() -> None:
    """Ranks by hand: two places, one tie."""
    ranks = average_ranks({"a": [0.9, 0.5], "b": [0.8, 0.5], "c": [0.1, 0.7]})
    # a: first, then second and third shared: (1 + 2.5) / 2; b: (2 + 2.5) / 2; c: (3 + 1) / 2.
    assert ranks == {"a": pytest.approx(1.75), "b": pytest.approx(2.25), "c": pytest.approx(2.0)}


def test_spread_is_that_of_a_sample() -> None:
    """Mean 2, deviation 1 of 1, 2, 3; a single figure has none."""
    assert spread([1, 2, 3]) == "2.000 ± 1.000"
    assert spread([0.5]) == "0.500"


def test_differences_are_paired() -> None:
    """Of 1 and 3: mean 2, and 12.706 standard errors of 1 either side."""
    # Student's t of one degree of freedom at 97.5 %: 12.706.
    assert difference([2, 5], [1, 2]) == "+2.000 (-10.706 to +14.706)"
    assert difference([1], [3]) == "-2.000"


def test_every_table_has_its_rows() -> None:
    """A result of two seeds: a row a loss, a variant, a ratio; one that never converged is counted."""
    seeds = [
        {"f1": 0.5, "f2": 0.4, "seconds": 2.0, "converged": True},
        {"f1": 0.0, "f2": 0.0, "seconds": 4.0, "converged": False},
    ]
    result = {
        "rates": {loss: {"rate": 0.05} for loss in NAMES},
        "losses": [{"share": share, "loss": loss, "seeds": seeds} for share in (0.02, 0.01) for loss in NAMES],
        "curricula": [{"share": 0.02, "variant": name, "seeds": seeds} for name in ("SC", "+ more")],
        "samplers": [{"ratio": 0.3, "sampler": name, "seeds": seeds} for name in ("random", "seasam")],
    }
    text = tables(result)
    # Of 0.5 and 0 the mean is 0.25 and the sample's deviation 0.5 / sqrt(2) = 0.354; of 0.4 and 0, 0.283.
    assert "| BCE | 0.05 | 0.250 ± 0.354 | 0.200 ± 0.283 | 1 of 2 | 3.0 |" in text
    # All eight losses tie: each has the mean of the ranks 1 to 8.
    assert text.count("| 4.50 |") == len(NAMES)
    assert "| + more | 0.250 ± 0.354 | 0.200 ± 0.283 | +0.000 (+0.000 to +0.000) |" in text
    assert "| 0.3 | 0.250 ± 0.354 | 0.250 ± 0.354 |" in text


def test_the_page_shows_the_committed_result() -> None:
    """A result that is measured anew needs the page to be written anew."""
    assert PAGE.read_text(encoding="utf-8") == page(tables(committed("losses")))
