"""How sure beliefs are, against what came true; and the filter along many people at once, against the slow way."""

import numpy as np
import pytest
import torch

from models.networks.sleep_mlp import FEATURES, SleepMLP
from models.sleep.calibration import beliefs_of, best_temperature, reliability, softened
from models.sleep.context_data import Labelled
from tests.models.sleep.torch_filter import filtered


def test_reliability_is_what_the_bins_say() -> None:
    """Two bins: 0.65 believed and 0.5 true, four times; 0.95 believed and all true, twice."""
    beliefs = np.array([[0.65, 0.35]] * 4 + [[0.05, 0.95]] * 2)
    found = reliability(beliefs, np.array([0, 0, 1, 1, 1, 1]))
    assert found.right == pytest.approx(4 / 6)
    assert found.confidence == pytest.approx((4 * 0.65 + 2 * 0.95) / 6)
    assert found.error == pytest.approx((4 * 0.15 + 2 * 0.05) / 6)


def test_beliefs_along_many_people_are_those_of_each_alone() -> None:
    """The slow way, step by step; people of two lengths keep their order."""
    torch.manual_seed(0)
    network = SleepMLP().eval()
    network.transition.copy_(torch.softmax(torch.randn(5, 5), dim=1))
    network.prior.copy_(torch.softmax(torch.randn(5), dim=0))
    rng = np.random.default_rng(0)
    people = [Labelled(rng.normal(size=(length, FEATURES)), np.zeros(length, np.int64)) for length in (3, 5, 3)]
    slow = []
    for one in people:
        belief = network.prior
        for row in torch.from_numpy(one.features).float():
            belief = filtered(network, belief, row)
            slow.append(belief.detach().numpy())
    assert beliefs_of(network, people) == pytest.approx(np.array(slow), abs=1e-5)


def test_the_temperature_undoes_what_made_beliefs_too_sure() -> None:
    """Stages drawn by honest beliefs, then these beliefs to the power of three; their order stays."""
    rng = np.random.default_rng(1)
    honest = rng.dirichlet(np.ones(5), 4000)
    stages = np.array([rng.choice(5, p=one) for one in honest])
    too_sure = softened(honest, 1 / 3)
    assert reliability(too_sure, stages).error > 0.15
    found = best_temperature(too_sure, stages)
    assert found == pytest.approx(3.0, rel=0.1)
    told = softened(too_sure, found)
    assert reliability(told, stages).error < 0.03
    assert np.array_equal(told.argmax(axis=1), too_sure.argmax(axis=1))
