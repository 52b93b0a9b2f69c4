"""Validation in batches equals validation at once, and its figures a slow count."""

from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
import torch

from models.errors import TrainingError
from models.networks.sc import SC
from models.training.batches import BatchLoader
from models.training.validation import BEST, Predictor, measures
from tests.models.training.small_training import easy_set

CPU = torch.device("cpu")


def test_probabilities_and_features_are_those_of_all_windows_at_once(tmp_path: Path) -> None:
    """In evaluation mode, so without dropout, and by the order of the indices."""
    windowset = easy_set(tmp_path / "set")
    torch.manual_seed(0)
    network = SC(5, 32, width=6, blocks=2).train()
    # Neither from 0 nor in steps of 1: an index that is taken for a place shows.
    indices = np.arange(7, 200, 3)
    with closing(BatchLoader(windowset, 16, CPU)) as loader:
        predictor = Predictor(network, loader, CPU, "fp32")
        probabilities, features = predictor.probabilities(indices), predictor.features(indices)
    windows = torch.from_numpy(np.array(windowset.windows[indices]))
    with torch.no_grad():
        assert np.allclose(probabilities, torch.sigmoid(network.eval()(windows)).numpy(), atol=1e-6)
        assert np.allclose(features, network.features(windows).amax(dim=2).numpy(), atol=1e-5)


def test_measures_equal_a_slow_count() -> None:
    """Counts in a loop, AUROC over all pairs, average precision over all thresholds."""
    rng = np.random.default_rng(4)
    labels = (rng.random(120) < 0.3).astype(np.uint8)
    # Two decimals: many probabilities tie, which is where ranks and curves go wrong.
    probabilities = np.round(np.clip(0.3 * labels + 0.7 * rng.random(120), 0, 1), 2).astype(np.float32)
    tp = sum(p >= 0.5 and y == 1 for p, y in zip(probabilities, labels, strict=True))
    called, positives = sum(probabilities >= 0.5), sum(labels == 1)
    precision, recall = tp / called, tp / positives
    pairs = [(a > b) + 0.5 * (a == b) for a in probabilities[labels == 1] for b in probabilities[labels == 0]]
    average, found = 0.0, 0
    for threshold in sorted(set(probabilities.tolist()), reverse=True):
        above = probabilities >= threshold
        gained = int(labels[above].sum()) - found
        found += gained
        average += gained / positives * found / int(above.sum())
    result = measures(labels, probabilities, 2.0)
    assert result.f1 == pytest.approx(2 * precision * recall / (precision + recall))
    assert result.f_beta == pytest.approx(5 * precision * recall / (4 * precision + recall))
    assert (result.precision, result.recall) == pytest.approx((precision, recall))
    assert result.auroc == pytest.approx(np.mean(pairs))
    assert result.auprc == pytest.approx(average)


def test_figures_at_the_best_threshold_are_those_of_a_search_over_all() -> None:
    """Probabilities that rank well far below 0.5: nothing is found there, and nearly all at the chosen one."""
    rng = np.random.default_rng(4)
    labels = (rng.random(400) < 0.1).astype(np.uint8)
    probabilities = (0.1 * labels + 0.15 * rng.random(400)).astype(np.float32)
    for beta in (1.0, 2.0):
        result = measures(labels, probabilities, beta, BEST)
        tried = [measures(labels, probabilities, beta, float(t)).f_beta for t in np.unique(probabilities)]
        assert result.f_beta == pytest.approx(max(tried))
        assert 0.1 < result.threshold < 0.2
    assert measures(labels, probabilities, 1.0).f1 == 0


def test_probabilities_that_are_not_finite_are_refused() -> None:
    """As a training that diverged."""
    with pytest.raises(TrainingError, match="diverged"):
        measures(np.array([0, 1], np.uint8), np.array([0.5, np.nan], np.float32), 1.0)
