"""Figures of merit agree with definitions written out pair by pair."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.evaluation.metrics import Confusion, Ranked, auprc, auroc, confusion, pr_curve

WINDOWS = st.lists(st.tuples(st.booleans(), st.integers(0, 6)), min_size=1, max_size=40)
"""Few distinct scores, so that ties are the rule."""
WEIGHTED = st.lists(st.tuples(st.booleans(), st.integers(0, 4), st.integers(0, 3)), min_size=1, max_size=20)


def _slow_auroc(labels: list[bool], scores: list[float]) -> float:
    """Ask every pair of a positive and a negative which scores higher."""
    high = [s for label, s in zip(labels, scores, strict=True) if label]
    low = [s for label, s in zip(labels, scores, strict=True) if not label]
    # Without a pair there is no share of pairs.
    if not high or not low:
        return float("nan")
    return sum((a > b) + 0.5 * (a == b) for a in high for b in low) / (len(high) * len(low))


def _slow_auprc(labels: list[bool], scores: list[float]) -> float:
    """Walk down the distinct scores, calling everything at or above each positive."""
    total, area, before = sum(labels), 0.0, 0.0
    for threshold in sorted(set(scores), reverse=True):
        called = [label for label, s in zip(labels, scores, strict=True) if s >= threshold]
        recall = sum(called) / total if total else float("nan")
        area += (recall - before) * sum(called) / len(called)
        before = recall
    return area


def test_a_known_table() -> None:
    """Counts, ratios and F at 0.5; a probability of exactly 0.5 is called positive, as it is live."""
    # Called are 0.9 and 0.5, which are right, and 0.7, which is not; the positive at 0.4 is missed.
    got = confusion([1, 1, 1, 0, 0, 0, 0], [0.9, 0.5, 0.4, 0.7, 0.4, 0.1, 0.2])
    assert got == Confusion(tp=2, fp=1, fn=1, tn=3)
    assert (got.precision, got.recall, got.specificity) == (2 / 3, 2 / 3, 3 / 4)
    assert got.f_beta() == pytest.approx(2 / 3)


def test_beta_above_one_weights_recall() -> None:
    """F2 follows Eq. 1 of the paper: 5 P R / (4 P + R)."""
    got = Confusion(tp=3, fp=1, fn=6, tn=0)
    precision, recall = 3 / 4, 3 / 9
    assert got.f_beta(2) == pytest.approx(5 * precision * recall / (4 * precision + recall))
    assert got.f_beta(2) < got.f_beta(1)


def test_nothing_called_positive_is_worth_nothing() -> None:
    """0/0 is 0, not the official code's precision of 1; F is 0 either way."""
    got = confusion([1, 0], [0.2, 0.1])
    assert (got.precision, got.recall, got.f_beta(), got.specificity) == (0, 0, 0, 1)


@given(WINDOWS)
def test_areas_agree_with_slow_twins(windows: list[tuple[bool, int]]) -> None:
    """Ties, one class only and single windows included."""
    labels, scores = [w[0] for w in windows], [w[1] / 6 for w in windows]
    assert auroc(labels, scores) == pytest.approx(_slow_auroc(labels, scores), nan_ok=True)
    if any(labels):
        assert auprc(labels, scores) == pytest.approx(_slow_auprc(labels, scores))
    else:
        assert np.isnan(auprc(labels, scores))


@given(WEIGHTED)
def test_a_weight_is_so_many_copies(windows: list[tuple[bool, int, int]]) -> None:
    """Areas with weights equal areas of the repeated windows; weight 0 leaves a window out."""
    labels, scores, weights = (np.array([w[k] for w in windows]) for k in range(3))
    # A window of weight 2 is that window twice.
    copies, repeated = np.repeat(labels, weights), np.repeat(scores, weights)
    ranked = Ranked(labels, scores)
    assert ranked.auroc(weights) == pytest.approx(auroc(copies, repeated), nan_ok=True)
    assert ranked.auprc(weights) == pytest.approx(auprc(copies, repeated), nan_ok=True)


@given(WINDOWS)
def test_the_curve_is_the_confusion_at_each_threshold(windows: list[tuple[bool, int]]) -> None:
    """Precision and recall at a distinct score are those of calling it and everything above positive."""
    labels, scores = [w[0] for w in windows], [w[1] / 6 for w in windows]
    curve = pr_curve(labels, scores)
    assert list(curve.thresholds) == sorted(set(scores), reverse=True)
    for precision, recall, threshold in zip(curve.precision, curve.recall, curve.thresholds, strict=True):
        at = confusion(labels, scores, float(threshold))
        assert precision == pytest.approx(at.precision)
        assert recall == pytest.approx(at.recall) if any(labels) else np.isnan(recall)


@pytest.mark.parametrize(
    ("labels", "probabilities", "complaint"),
    [
        ([1, 0], [0.5], "shape"),
        ([1, 2], [0.5, 0.5], "0 or 1"),
        ([1, 0], [0.5, float("nan")], "1 of 2 probabilities"),
    ],
)
def test_what_cannot_be_counted_is_refused(labels: list[int], probabilities: list[float], complaint: str) -> None:
    """A message says what is wrong."""
    with pytest.raises(ValueError, match=complaint):
        confusion(labels, probabilities)
