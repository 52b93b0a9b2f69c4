"""The bench of the contract counts what is broken and what is lost."""

import numpy as np
import pytest

from bench.contract import Night, best, figures, foreseen, most_told, night, promised


def of(true: list[bool]) -> Night:
    """Make a night whose events come one a minute, each less probable than the one before."""
    return Night(
        np.asarray(60.0 * np.arange(len(true)), np.float64),
        np.linspace(0.99, 0.6, len(true)).astype(np.float64),
        np.array(true),
    )


def test_the_best_threshold_is_the_lowest_that_keeps_the_share() -> None:
    """Eight true, two false, ten true, then false ones: from the second false one on it is 80 % at every second."""
    assert best(of([True] * 8 + [False] * 2 + [False] * 10), 0.8) == 1.0
    assert best(of([True] * 4 + [False] * 4 + [True] * 4), 0.8) == 0.5
    assert best(of([False] * 10), 0.8) == 0.0


def test_a_promise_is_held_against_all_events() -> None:
    """Of thirty true ones all are drawn: nothing is lost. Where all are false none is made."""
    rng = np.random.default_rng(0)
    assert promised(of([True] * 30), 30, rng) == {"made": True, "possible": 1.0, "kept": True, "lost": 0.0}
    assert promised(of([False] * 30), 30, rng)["made"] is False


def test_who_foresees_the_threshold_is_still_held_to_an_exact_test() -> None:
    """Sixty true and forty false events: nothing false is above 60, and two false ones in thirty reviews still pass."""
    assert foreseen(of([True] * 60), 30) == (1.0, 0.0)
    passes, lost = foreseen(of([True] * 60 + [False] * 40), 30)
    assert passes == 1.0
    assert lost == 0.0
    # From the second event on every other one is false: no threshold keeps the share.
    assert foreseen(of([True, False] * 30), 30)[0] == 0.0
    mixed = of([True] * 40 + [True, False] * 20)
    passes, lost = foreseen(mixed, 30)
    # At least as good as the 41 true ones in front of the first false one, which never fail.
    assert passes * (best(mixed, 0.8) - lost) >= 41 / 60


def test_figures_of_a_few_patients() -> None:
    """No more broken than made, and no hour above the cap."""
    rng = np.random.default_rng(3)
    found = figures([night(rng) for _ in range(12)], 30, rng)
    assert found["broken"] <= found["promises"] <= found["could_be_promised"] <= 12
    assert found["most_in_any_hour"] <= found["cap_per_h"]
    assert most_told(of([True] * 100), 7) == pytest.approx(7)
