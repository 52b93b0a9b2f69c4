"""Probabilities come true as often as they say, after division by the right temperature."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from models.errors import DataError
from models.evaluation.metrics import auroc
from models.evaluation.reliability import bake, calibrated, reliability, temperature
from models.networks.sc import SC, Variant


def _overconfident(count: int = 4000, factor: float = 3.0) -> "tuple[np.ndarray, np.ndarray]":
    """Return labels drawn with true logits, and logits that many times as large."""
    rng = np.random.default_rng(2)
    true = rng.normal(-1, 1.5, count)
    return (rng.random(count) < calibrated(true)).astype(int), factor * true


def test_a_known_table() -> None:
    """Two bins: 0.1 predicted where a fifth is true, 0.8 where all are; the error is their mean by windows."""
    probabilities = [0.1] * 5 + [0.8] * 5
    got = reliability([1, 0, 0, 0, 0] + [1] * 5, probabilities, bins=2)
    assert got.counts.tolist() == [5, 5]
    assert got.predicted == pytest.approx([0.1, 0.8])
    assert got.observed == pytest.approx([0.2, 1.0])
    assert got.expected_error == pytest.approx(0.5 * 0.1 + 0.5 * 0.2)


@given(st.lists(st.tuples(st.booleans(), st.floats(0, 1)), min_size=1, max_size=50))
def test_bins_agree_with_a_slow_twin(windows: list[tuple[bool, float]]) -> None:
    """Every window is in the bin that holds its probability; 1 is in the last."""
    got = reliability([w[0] for w in windows], [w[1] for w in windows], bins=4)
    error = 0.0
    for k in range(4):
        inside = [w for w in windows if k / 4 <= w[1] < (k + 1) / 4 or (k == 3 and w[1] == 1)]
        assert got.counts[k] == len(inside)
        if inside:
            error += abs(sum(w[0] for w in inside) - sum(w[1] for w in inside)) / len(windows)
        else:
            assert np.isnan(got.observed[k])
    assert got.expected_error == pytest.approx(error)


def test_temperature_is_that_of_a_grid_search() -> None:
    """The convex fit ends where trying many temperatures ends, near the factor that was put in."""
    labels, logits = _overconfident()

    def loss(divisor: float) -> float:
        p = calibrated(logits, divisor)
        return float(-np.mean(np.log(np.where(labels == 1, p, 1 - p))))

    # Steps of 0.0025, finer than the agreement asked for.
    grid = np.linspace(1, 6, 2001)
    got = temperature(logits, labels)
    assert got == pytest.approx(grid[np.argmin([loss(t) for t in grid])], abs=0.01)
    assert got == pytest.approx(3, rel=0.1)


def test_dividing_mends_calibration_and_keeps_the_order() -> None:
    """The expected error falls by far; the area under the ROC curve is the same."""
    labels, logits = _overconfident()
    before, after = calibrated(logits), calibrated(logits, temperature(logits, labels))
    assert reliability(labels, after).expected_error < 0.3 * reliability(labels, before).expected_error
    assert auroc(labels, after) == pytest.approx(auroc(labels, before))


def test_one_class_alone_cannot_be_calibrated() -> None:
    """The line says what is missing."""
    with pytest.raises(DataError, match="with and without discharges"):
        temperature([1.0, 2.0], [1, 1])


@pytest.mark.parametrize("variant", ["paper", "official"])
def test_a_baked_network_divides_its_logits_and_finds_the_same_peaks(variant: Variant) -> None:
    """The original stays as it was."""
    torch.manual_seed(0)
    network = SC(channels=5, window_samples=64, width=8, variant=variant).eval()
    windows = torch.randn(20, 5, 64)
    with torch.inference_mode():
        logits, peaks = network.evidence(windows)
        divided, same_peaks = bake(network, 2.5).evidence(windows)
        again, _ = network.evidence(windows)
    assert torch.allclose(divided, logits / 2.5, atol=1e-6)
    assert torch.equal(peaks, same_peaks)
    assert torch.equal(again, logits)
