"""A network trained where discharges are common says what holds where they are rare."""

from collections import OrderedDict
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file
from torch import nn

from models.errors import TrainingError
from models.networks.sc import SC
from models.training import prevalence
from models.training.checkpoint import BEST
from models.training.recipe import Recipe
from models.training.trainer import train
from models.zoo import store
from tests.models.training.small_training import easy_parts, tiny_recipe


def test_probabilities_are_those_of_bayes_rule() -> None:
    """Two Gaussians whose posterior is known in closed form: learned at one share, asked at another."""
    x = torch.linspace(-4, 4, 33)[:, None]
    head = nn.Linear(1, 1)
    posterior = nn.Sequential(OrderedDict(head=head))
    with torch.no_grad():  # classes at +1 and -1, variance 1: log-odds are 2 x and those of the share
        head.weight.fill_(2.0)
        head.bias.fill_(prevalence.log_odds(0.25))
    # Bayes' rule written out at the other share: the classes' densities times their shares.
    rare = 0.01 * torch.exp(-((x - 1) ** 2) / 2)
    common = 0.99 * torch.exp(-((x + 1) ** 2) / 2)
    found = torch.sigmoid(prevalence.shifted(posterior, 0.25, 0.01)(x)).detach()
    np.testing.assert_allclose(found, rare / (rare + common), rtol=1e-5)
    # The network that was given is left as it was.
    assert head.bias.item() == pytest.approx(prevalence.log_odds(0.25))


def test_the_exported_model_is_moved_from_the_share_it_was_trained_at(tmp_path: Path) -> None:
    """Its bias alone; the training's own weights stay as they were."""
    recipe = tiny_recipe(loss="bce", pre_bce_epochs=0, inc_neg="off", epochs=2, live_prevalence=0.01)
    parts = easy_parts(tmp_path / "set")
    train(parts, recipe, tmp_path / "run", device="cpu")
    best = load_file(tmp_path / "run" / BEST)
    exported = store.load(tmp_path / "run" / "model").network.state_dict()
    share = float(parts["train"].labels.mean())
    shift = prevalence.log_odds(0.01) - prevalence.log_odds(share)
    torch.testing.assert_close(exported["head.bias"], best["head.bias"] + shift)
    assert all(torch.equal(exported[name], best[name]) for name in best if name != "head.bias")


def test_only_plain_cross_entropy_is_moved() -> None:
    """Losses that weigh classes do not give probabilities at the training windows' share."""
    with pytest.raises(TrainingError, match="live_prevalence needs loss 'bce'"):
        Recipe(live_prevalence=0.01)


def test_a_network_without_a_last_layer_of_one_unit_is_refused() -> None:
    """Before anything is trained."""
    prevalence.check(SC(5, 32, width=4, blocks=1))
    with pytest.raises(TrainingError, match="Sequential has none"):
        prevalence.check(nn.Sequential())
