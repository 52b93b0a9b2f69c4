"""Figures of agreement against numbers worked out by hand."""

import numpy as np
import pytest

from bench.sleep.agreement import balanced_accuracy, confusion, figures, kappa, recalls, reliable

PAIRS = [("W", "W")] * 8 + [("W", "N1")] * 2 + [("N2", "N2")] * 6 + [("N2", "W")] * 4


def test_kappa_and_recalls_are_those_of_the_formula() -> None:
    """Agreement 14 of 20; by chance 0.5 * 0.6 + 0.5 * 0.3 = 0.45."""
    table = confusion(PAIRS)
    assert kappa(table) == pytest.approx((0.7 - 0.45) / 0.55)
    assert recalls(table) == {"W": 0.8, "N1": None, "N2": 0.6, "N3": None, "R": None}


def test_light_sleep_is_one_class() -> None:
    """N1, N2 and R taken for each other are right; wake 0.8, light 6 of 10 here, nothing deep seen."""
    assert balanced_accuracy(confusion(PAIRS)) == pytest.approx((0.8 + 0.6) / 2)
    assert balanced_accuracy(confusion([("N1", "R"), ("R", "N2"), ("W", "W"), ("N3", "N3")])) == 1.0


def test_what_is_no_stage_is_not_counted() -> None:
    """Unscored instants, and those before a stager is ready."""
    assert confusion([("", "W"), ("W", "unknown"), ("R", "R")]).sum() == 1


def test_intervals_hold_the_figure_and_are_wider_for_fewer_blocks() -> None:
    """Two recordings of an hour, and a tenth of it."""
    rng = np.random.default_rng(0)
    hour = [("N2", "N2" if rng.random() < 0.7 else "W") for _ in range(720)]
    long, short = figures({"a": hour, "b": hour[::-1]}), figures({"a": hour[:120]})
    low, high = long["intervals"]["agreement"]
    assert low < long["agreement"] < high
    assert high - low < 0.12
    assert short["recordings"]["a"]["instants"] == 120


def test_confidence_is_set_beside_what_came_true() -> None:
    """0.65 said four times and true twice, 0.95 said and true twice: (4 * 0.15 + 2 * 0.05) / 6."""
    found = reliable([0.65] * 4 + [0.95] * 2, [True, True, False, False, True, True])
    assert found == {"mean_confidence": 0.75, "share_right": 0.667, "expected_calibration_error": 0.117}
