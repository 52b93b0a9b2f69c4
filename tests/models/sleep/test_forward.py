"""The filter in numpy gives what the forward algorithm in torch gives."""

import numpy as np
import pytest
import torch

from models.networks.sleep_mlp import FEATURES, SleepMLP
from models.sleep.forward import ForwardFilter
from tests.models.sleep.torch_filter import filtered, predicted, softened


@pytest.mark.parametrize("missing", [0, 3])
def test_the_belief_is_that_of_torch(missing: int) -> None:
    """Along 20 steps of random features, some of them missing, some far out; and a step in which nothing is seen."""
    torch.manual_seed(missing)
    network = SleepMLP(temperature=2.5).eval()
    network.mean.copy_(torch.randn(FEATURES))
    network.std.copy_(torch.rand(FEATURES) + 0.1)
    network.prior.copy_(torch.softmax(torch.randn(5), dim=0))
    network.transition.copy_(torch.softmax(torch.randn(5, 5), dim=1))
    there, belief = ForwardFilter(network), network.prior.clone()
    mine = there.prior
    for _ in range(20):
        features = 3 * torch.randn(FEATURES)
        features[:missing] = torch.nan
        with torch.no_grad():
            belief = filtered(network, belief, features)
        mine = there.step(mine, features.double().numpy())
        assert mine == pytest.approx(belief.numpy(), abs=1e-5)
        assert there.softened(mine) == pytest.approx(softened(network, belief).numpy(), abs=1e-5)
    assert there.predict(mine) == pytest.approx(predicted(network, belief).numpy(), abs=1e-5)
    assert float(np.sum(mine)) == pytest.approx(1, abs=1e-5)
